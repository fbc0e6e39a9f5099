import { types } from 'node:util'

/**
 * Nobody awaits what an inspector returns.
 *
 * @throws TypeError with the message if `returned` is a promise
 */
export const refusePromise = (returned: unknown, message: string): void => {
  if (!types.isPromise(returned)) return
  takeRejection(returned)
  throw new TypeError(message)
}

/**
 * A promise that is rejected, and nobody is told, ends the thread, and hits the connections of others. One that an
 * inspector returned or threw has failed its own connection already.
 */
export const takeRejection = (value: unknown): void => {
  if (types.isPromise(value)) void settle(value)
}

const settle = async (promise: Promise<unknown>): Promise<void> => {
  try {
    await promise
  } catch (reason) {
    takeRejection(reason)
  }
}

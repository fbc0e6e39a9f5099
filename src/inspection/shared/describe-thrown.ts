import { inspect, types } from 'node:util'

/** Both go into the log. */
const LONGEST_MESSAGE = 1_000
const LONGEST_STACK = 8_000

export interface Thrown {
  readonly message: string
  readonly stack?: string
}

/**
 * Describes whatever was thrown: JavaScript throws anything, also an error whose message is a function, or an object
 * that throws when it is looked at. Never throws.
 */
export const describeThrown = (thrown: unknown): Thrown => {
  const stack = attempt(() => (thrown as Error).stack)
  return {
    message: messageOf(thrown).slice(0, LONGEST_MESSAGE),
    ...(stack && { stack: stack.slice(0, LONGEST_STACK) }),
  }
}

const messageOf = (thrown: unknown): string =>
  attempt(() => (typeof thrown === 'string' ? thrown : (thrown as Error).message)) ?? `it threw ${shown(thrown)}`

const shown = (thrown: unknown): string =>
  attempt(() =>
    types.isNativeError(thrown) ? String(thrown) : inspect(thrown, { depth: 1, breakLength: Infinity }),
  ) ?? 'what cannot be shown'

/** A text, if reading it gives one. */
const attempt = (read: () => unknown): string | undefined => {
  try {
    const text = read()
    return typeof text === 'string' && text !== '' ? text : undefined
  } catch {
    return undefined
  }
}

import { types } from 'node:util'
import {
  type Block,
  block,
  type Detach,
  detach,
  hold,
  type Pass,
  pass,
  passAfter,
  type Replace,
  replace,
  type Verdict,
} from '../api/verdict.ts'
import { refusePromise } from './refuse-promise.ts'

/**
 * Reads what an inspector returned, each part once and into an object of our own: a getter may say something else the
 * second time, or throw.
 *
 * @throws TypeError that says what is wrong with it, or whatever reading it throws
 */
export const readVerdict = (returned: unknown): Verdict => {
  // The common ones are frozen: nothing of them need be read.
  if (returned === pass || returned === hold || returned === detach) return returned as Verdict
  const given = returned as Partial<Record<keyof Detach | keyof Pass | keyof Replace | keyof Block, unknown>> | null
  switch (given?.verdict) {
    case 'hold':
      return hold
    case 'pass':
      return readPass(given.afterMs)
    case 'detach':
      return readDetach(given.from)
    case 'replace':
      return readReplace(given.bytes)
    case 'block':
      return readBlock(given.reason)
  }
  refusePromise(returned, 'it returned a promise; verdicts are given at once')
  throw new TypeError(`it returned ${typeof returned}, which is no verdict`)
}

const readPass = (afterMs: unknown): Pass => {
  if (afterMs === undefined) return pass
  if (typeof afterMs === 'number' && Number.isFinite(afterMs) && afterMs >= 0) return passAfter(afterMs)
  throw new TypeError(`passAfter takes milliseconds, not ${String(afterMs)}`)
}

const readDetach = (from: unknown): Detach => {
  if (from === 'direction' || from === 'connection') return detach(from)
  throw new TypeError(`detach takes 'direction' or 'connection', not ${String(from)}`)
}

const readReplace = (bytes: unknown): Replace => {
  // A copy: its owner may write to them again.
  if (types.isUint8Array(bytes)) return replace(new Uint8Array(bytes))
  throw new TypeError('replace takes a Uint8Array')
}

const readBlock = (reason: unknown): Block => {
  if (typeof reason === 'string') return block(reason)
  throw new TypeError('block takes the reason as a string')
}

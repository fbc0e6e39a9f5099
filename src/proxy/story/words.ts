/** The words of a story. */
import type { EndRecord } from '../record.ts'

export const bytesText = (bytes: number): string => (bytes === 1 ? '1 byte' : `${bytes.toLocaleString('en-US')} bytes`)

/** Milliseconds, or seconds if there are many. */
export const msText = (ms: number): string => (ms < 1_000 ? `${Math.max(0, ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)

/** The system's code, or the message of another error; the name of one that has neither. */
export const errorText = ({ code, message, name }: NodeJS.ErrnoException): string => code || message || name

const SIDE = { client: 'The client', upstream: 'The server' } as const

/** A side has reset, and the other still has to be given what it sent before. */
export const resetText = (by: 'client' | 'upstream'): string =>
  by === 'client'
    ? 'the client has reset since, which the server is told once it has taken them'
    : 'the server has reset since, which the client is told once it has taken them'

/**
 * Who ended it, and what the sides got.
 *
 * @param hasServer whether a server was reached
 */
export const howEnded = ({ endedBy, outcome, withFin }: EndRecord, hasServer: boolean): string => {
  const others = hasServer ? 'both sides' : 'the client'
  if (outcome === 'completed')
    return `${SIDE[endedBy === 'upstream' ? 'upstream' : 'client']} sent its FIN first; both sides got a FIN.`
  if (endedBy === 'proxy') return `The proxy ended it; ${others} got a ${withFin ? 'FIN' : 'RST'}.`
  if (!hasServer) return `${SIDE[endedBy]} ended it${endedBy === 'upstream' ? '; the client got a RST' : ''}.`
  return `${SIDE[endedBy]} ended it; the other side got a RST.`
}

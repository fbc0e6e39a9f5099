/**
 * What a client asks of the origin, in one line of fixed width: send me `down` pattern bytes from `offset` on, and take
 * `up` pattern bytes (from the same offset) from me. When both are done the origin says `verdict`, and the client may
 * ask again. A half-close is never needed, so proxies that cannot do one can be measured too.
 *
 *     T 00000000000 00000000064 000007\n      T: ask again afterwards, C: the origin closes after its verdict
 */
export interface Frame {
  closeAfter: boolean
  up: number
  down: number
  offset: number
}

export const frameLength = 33
export const verdict = Buffer.from('OK.\n')

export const encodeFrame = (frame: Frame): Buffer => {
  const digits = (value: number, width: number) => String(value).padStart(width, '0')
  const kind = frame.closeAfter ? 'C' : 'T'
  return Buffer.from(`${kind} ${digits(frame.up, 11)} ${digits(frame.down, 11)} ${digits(frame.offset, 6)}\n`, 'latin1')
}

/** The frame in the first `frameLength` bytes, or undefined when they are no frame. */
export const decodeFrame = (bytes: Buffer): Frame | undefined => {
  const match = /^([TC]) (\d{11}) (\d{11}) (\d{6})\n$/.exec(bytes.toString('latin1', 0, frameLength))
  if (!match) return undefined
  return { closeAfter: match[1] === 'C', up: Number(match[2]), down: Number(match[3]), offset: Number(match[4]) }
}

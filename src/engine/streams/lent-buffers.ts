const BYTES = 64 * 1024
const MOST_IDLE = 32

const idle: Buffer[] = []

/** Memory for a chunk that is shown to a tap. Kept for the next one: making it costs more than filling it. */
export const takeBuffer = (): Buffer => idle.pop() ?? Buffer.allocUnsafeSlow(BYTES)

/** Only when nobody reads it any more: neither the tap nor a write. */
export const giveBuffer = (buffer: Buffer): void => {
  if (idle.length < MOST_IDLE) idle.push(buffer)
}

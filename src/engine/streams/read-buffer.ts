const SIZE = 64 * 1024

let buffer = Buffer.allocUnsafeSlow(SIZE)

/**
 * The one buffer that all sockets of the process read into. Its bytes are written on before the next read, so an idle
 * connection holds no buffer at all.
 */
export const readBuffer = (): Buffer => buffer

/** Leaves the buffer to a write that the kernel did not take whole; all others go on with a new one. */
export const leaveReadBuffer = (): void => {
  buffer = Buffer.allocUnsafeSlow(SIZE)
}

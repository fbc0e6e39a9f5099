const SIZE = 64 * 1024

/**
 * The one buffer that all sockets of the process read into, so an idle connection holds no buffer. node:net asks for it after
 * each read and keeps it for the next one, so it can never be left to a write: another socket, which got it before, would
 * overwrite bytes that are not sent yet.
 */
export const readBuffer = Buffer.allocUnsafeSlow(SIZE)

let writeBuffer = Buffer.allocUnsafeSlow(SIZE)

/** A copy of what was read, for a write. It is valid until the next call, unless `leaveWriteBuffer` is called. */
export const toWrite = (bytes: Uint8Array): Buffer => {
  writeBuffer.set(bytes)
  return writeBuffer.subarray(0, bytes.length)
}

/** Leaves the copy to a write that the kernel did not take whole; all others go on with a new buffer. */
export const leaveWriteBuffer = (): void => {
  writeBuffer = Buffer.allocUnsafeSlow(SIZE)
}

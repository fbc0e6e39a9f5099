import type { Socket } from 'node:net'

/**
 * Makes a plain socket tell a FIN from a RST. When data and a RST are met in one event, libuv reports the data and then
 * a clean end (uv__stream_io() in unix/stream.c: POLLHUP after a partial read), and a cut connection looks complete.
 * Reading once more at the end has the kernel say which it was: 0 again, or ECONNRESET.
 */
export const endOnlyWithFin = (socket: Socket): void => {
  const plainPush = socket.push.bind(socket)
  let asked = false
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    const { _handle: handle } = socket as unknown as { _handle: { readStart(): number } | null }
    if (chunk !== null || asked || handle === null) return plainPush(chunk, encoding)
    asked = true
    handle.readStart()
    return false
  }
}

import type { Socket } from 'node:net'
import { longestSlice, patternAt } from './pattern.ts'

/**
 * Sends `length` pattern bytes, never more than the socket takes; resolves when the last is handed over. One slice a
 * turn of the event loop: megabytes in one go would keep every other connection of this process waiting, which is not
 * the proxy's doing.
 */
export const sendPattern = (socket: Socket, offset: number, length: number): Promise<void> => {
  return new Promise((resolve) => {
    let sent = 0
    const pump = () => {
      if (socket.destroyed) return
      const slice = patternAt(offset + sent, Math.min(longestSlice, length - sent))
      sent += slice.length
      const roomLeft = socket.write(slice)
      if (sent === length) resolve()
      else if (roomLeft) setImmediate(pump)
      else socket.once('drain', pump)
    }
    pump()
  })
}

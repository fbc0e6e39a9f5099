/** What node:net cannot do with a socket: urgent bytes, and a look into the send queue. */
import type { Socket } from 'node:net'
import koffi from 'koffi'

const program = koffi.load(null)
const send = program.func('send', 'long', ['int', 'void *', 'size_t', 'int'])
const ioctl = program.func('ioctl', 'int', ['int', 'ulong', koffi.out(koffi.pointer('int'))])

/** send(2) */
const MSG_OOB = 0x1
const MSG_NOSIGNAL = 0x4000
/** tcp(7): bytes that the other end has not acknowledged, a FIN counts as one. */
const SIOCOUTQ = 0x5411

/** The part of a socket's libuv handle that is used here. */
interface Handle {
  readonly fd: number
  reading: boolean
  readStart(): number
  readStop(): number
}

export const handleOf = (socket: Socket): Handle | undefined =>
  (socket as unknown as { _handle: Handle | null })._handle ?? undefined

/**
 * Sends one byte with MSG_OOB, past node's own queue, which must be empty. `full`: the kernel has no room for it. `broken`:
 * the other end has reset, and the kernel has told it here: node's next read will see an end instead.
 */
export const sendUrgent = (socket: Socket, byte: Buffer): 'sent' | 'full' | 'broken' => {
  const handle = handleOf(socket)
  if (handle === undefined) return 'full'
  if (send(handle.fd, byte, 1, MSG_OOB | MSG_NOSIGNAL) === 1) return 'sent'
  return koffi.errno() === koffi.os.errno.EAGAIN ? 'full' : 'broken'
}

/** Bytes that node or the kernel still holds: those that the kernel at the other end may not have. */
export const unacknowledged = (socket: Socket): number => {
  const handle = handleOf(socket)
  if (handle === undefined) return Number.POSITIVE_INFINITY
  const queued: [number] = [0]
  if (ioctl(handle.fd, SIOCOUTQ, queued) !== 0) return Number.POSITIVE_INFINITY
  return socket.writableLength + queued[0]
}

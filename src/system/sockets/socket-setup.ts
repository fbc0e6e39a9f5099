/** Options that are set before a socket is used, each with its reason. */
import { setOption } from '../libc.ts'
import { IPPROTO_TCP, SO_KEEPALIVE, SO_OOBINLINE, SOL_SOCKET, TCP_KEEPIDLE } from './socket-options.ts'

const KEEPALIVE_SECONDS = 60

/** The kernel probes the other end after a minute of silence (tcp(7)). */
export const probeWhenIdle = (fd: number): void => {
  setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
  setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_SECONDS)
}

/**
 * An urgent byte stays in its place among the others (socket(7) SO_OOBINLINE); else recv would skip it. Set before the
 * first byte can come. TCP sockets inherit it from the listening one, unix sockets do not.
 */
export const keepUrgentInline = (fd: number): void => {
  setOption(fd, SOL_SOCKET, SO_OOBINLINE, 1)
}

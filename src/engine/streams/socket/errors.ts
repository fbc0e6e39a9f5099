/**
 * Whether bytes that the peer sent before the error may still be there: after a failed write, and after a connect that
 * was reset once it was established (before that the error is ECONNREFUSED: tcp_reset() in tcp_input.c).
 */
export const mayHaveSent = ({ code, syscall }: NodeJS.ErrnoException): boolean =>
  syscall === 'write' || (syscall === 'connect' && (code === 'ECONNRESET' || code === 'EPIPE'))

/** Then nothing is missing: EPIPE is what Linux makes of a RST that follows a FIN, if nothing was written before. */
export const isFinThenReset = ({ code, syscall }: NodeJS.ErrnoException): boolean =>
  syscall === 'connect' && code === 'EPIPE'

import { getSystemErrorMap, getSystemErrorName } from 'node:util'

/** errno(3), as the calls of libc.ts return them: negated. */
export const EINTR = -4
export const EBADF = -9
export const EAGAIN = -11
const ENOMEM = -12
const EINVAL = -22
const ENFILE = -23
const EMFILE = -24
const EPIPE = -32
const ECONNABORTED = -103
const ENOBUFS = -105
const ETOOMANYREFS = -109
export const ECONNRESET = -104
export const ECONNREFUSED = -111
export const EINPROGRESS = -115

/**
 * accept(2) passes on what already went wrong with the client at the head of the queue: EINTR, ENONET, EPROTO,
 * ENOPROTOOPT, EOPNOTSUPP, ENETDOWN, ENETUNREACH, ECONNABORTED, EHOSTDOWN, EHOSTUNREACH. The next client may be accepted.
 */
export const isAboutOneClient = (errorNumber: number): boolean =>
  [EINTR, -64, -71, -92, -95, -100, -101, ECONNABORTED, -112, -113].includes(errorNumber)

/**
 * A RST before the connection stands is ECONNREFUSED; these two come after it, before and after a FIN (tcp_reset() in
 * tcp_input.c).
 */
export const isResetOfConnection = (errorNumber: number | undefined): boolean =>
  errorNumber === ECONNRESET || errorNumber === EPIPE

/** No descriptor is left, to this process or to the system. */
export const isOutOfDescriptors = (errorNumber: number): boolean => errorNumber === EMFILE || errorNumber === ENFILE

const OUT_OF_RESOURCES: readonly unknown[] = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']

/** Descriptors or memory are short on this side: it tells nothing about the other. */
export const isOutOfResources = ({ code }: NodeJS.ErrnoException): boolean => OUT_OF_RESOURCES.includes(code)

/** Memory for a message is short, or a user has too many descriptors on their way between processes (unix(7)). */
export const isShortOfMemory = (errorNumber: number): boolean => [ENOMEM, ENOBUFS, ETOOMANYREFS].includes(errorNumber)

/** splice(2) failed for a reason of its own, unrelated to the connection. Its other errors are the socket's. */
export const isAboutSplice = (errorNumber: number): boolean => [EINTR, EAGAIN, ENOMEM, EINVAL].includes(errorNumber)

/** An error like Node's own, so that both engines have the same errors. @param where the address, as it is shown */
export const systemError = (errorNumber: number, syscall: string, where?: string): NodeJS.ErrnoException => {
  const code = getSystemErrorMap().get(errorNumber)?.[0] ?? getSystemErrorName(errorNumber)
  // Its origin is the network, so a stack tells nothing, and would cost more than the whole connection.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const error = new Error(where === undefined ? `${syscall} ${code}` : `${syscall} ${code} ${where}`)
  Error.stackTraceLimit = stackTraceLimit
  return Object.assign(error, { code, errno: errorNumber, syscall })
}

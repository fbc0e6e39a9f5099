import { getSystemErrorMap, getSystemErrorName } from 'node:util'

/** errno(3), as the calls of libc.ts answer them: negated. */
export const EINTR = -4
export const EBADF = -9
export const EAGAIN = -11
export const ENFILE = -23
export const EMFILE = -24
export const EPIPE = -32
export const ECONNABORTED = -103
export const ECONNRESET = -104
export const EINPROGRESS = -115

/** What Node's own errors look like, so that engines do not differ in their errors. */
export const systemError = (errorNumber: number, syscall: string): NodeJS.ErrnoException => {
  const code = getSystemErrorMap().get(errorNumber)?.[0] ?? getSystemErrorName(errorNumber)
  // Where it was made says nothing: it comes from the network. A stack would cost more than the whole connection.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const error = new Error(`${syscall} ${code}`)
  Error.stackTraceLimit = stackTraceLimit
  return Object.assign(error, { code, errno: errorNumber, syscall })
}

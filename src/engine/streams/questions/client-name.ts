import type { Handle } from '../socket/node-internals.ts'
import { kernelQuestions } from './kernel-questions.ts'

/** For a client that has reset getpeername(2) fails with ENOTCONN. */
export const clientName = (handle: Handle): string => {
  if (handle.getpeername === undefined) return 'unix:'
  const name: { address?: string; port?: number } = {}
  handle.getpeername(name)
  if (name.address === undefined) return kernelQuestions?.peerOf(handle.fd) ?? 'unknown'
  // A dual-stack socket shows IPv4 clients as ::ffff:192.0.2.1 (RFC 4291 §2.5.5.2).
  const address = name.address.replace(/^::ffff:(?=\d+\.)/, '')
  return address.includes(':') ? `[${address}]:${name.port}` : `${address}:${name.port}`
}

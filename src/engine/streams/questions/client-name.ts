import type { Handle } from '../socket/node-internals.ts'
import { kernelQuestions } from './kernel-questions.ts'

/** For a client that has reset getpeername(2) fails with ENOTCONN. node:net has no way to ask for the path of a unix socket. */
export const clientName = (handle: Handle): string => {
  if (handle.getpeername === undefined) return kernelQuestions?.peerOf(handle.fd) ?? 'unix:'
  const name: { address?: string; port?: number } = {}
  handle.getpeername(name)
  if (name.address === undefined) return kernelQuestions?.peerOf(handle.fd) ?? 'unknown'
  return tcpName(name.address, name.port)
}

/** A dual-stack socket shows IPv4 addresses as ::ffff:192.0.2.1 (RFC 4291 §2.5.5.2). */
export const tcpName = (shown: string, port: number | undefined): string => {
  const address = shown.replace(/^::ffff:(?=\d+\.)/, '')
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

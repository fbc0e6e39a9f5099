import type net from 'node:net'
import { descriptorOf } from '../socket/node-internals.ts'
import { tcpName } from './client-name.ts'
import { kernelQuestions } from './kernel-questions.ts'

/** This end of a socket. node:net has no way to ask for the path of a unix socket. */
export const localName = (socket: net.Socket): string => {
  const descriptor = descriptorOf(socket)
  const { localAddress, localPort } = socket
  if (descriptor === undefined) return 'unknown'
  if (localAddress !== undefined) return tcpName(localAddress, localPort)
  return kernelQuestions?.localOf(descriptor) ?? 'unix:'
}

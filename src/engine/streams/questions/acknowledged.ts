import type net from 'node:net'
import { descriptorOf } from '../socket/node-internals.ts'
import { type KernelQuestions, kernelQuestions } from './kernel-questions.ts'
import { whenSent } from './send-queue.ts'

const FIRST_LOOK_MS = 1
const LONGEST_LOOK_MS = 64

/**
 * Resolves when the other end has acknowledged everything written to the socket, or is gone: a RST before that would
 * throw it away. Where the kernel cannot be asked about one socket its tables are read, which takes longer.
 */
export const whenAcknowledged = (socket: net.Socket): Promise<void> => {
  if (kernelQuestions === undefined) return whenSent(socket)
  // Closing a unix socket throws nothing away.
  if (socket.destroyed || socket.localPort === undefined) return Promise.resolve()
  const kernel = kernelQuestions
  return new Promise((resolve) => look(socket, kernel, resolve, FIRST_LOOK_MS))
}

const look = (socket: net.Socket, kernel: KernelQuestions, resolve: () => void, nextLookMs: number): void => {
  const fd = descriptorOf(socket)
  // A receiver that has reset acknowledges nothing more, and libuv does not watch it.
  if (fd === undefined || kernel.unsentBytes(fd) <= 0 || kernel.pendingError(fd) !== 0) return resolve()
  setTimeout(look, nextLookMs, socket, kernel, resolve, Math.min(nextLookMs * 2, LONGEST_LOOK_MS))
}

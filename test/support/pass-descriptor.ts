import { closeSync } from 'node:fs'
import { pipe } from '../../src/system/libc.ts'
import type { Endpoint } from './endpoint.ts'
import { sendDescriptor } from './raw-send.ts'

/** Sends the next `length` bytes of an endpoint over its unix socket with a pipe's end along, and keeps nothing of the pipe. */
export const passDescriptor = (sender: Endpoint, length: number): void => {
  const made = pipe()
  if (typeof made === 'number') throw new Error(`there is no pipe: error ${made}`)
  const sent = sender.sendBy((socket, bytes) => sendDescriptor(socket, bytes, made[1]), length)
  for (const descriptor of made) closeSync(descriptor)
  if (!sent) throw new Error('there is no room for the bytes')
}

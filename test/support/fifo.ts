import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'

/** A pipe (not a socket pair, which is what node:child_process makes) between a process and a reader that may be stuck. */
export interface Fifo {
  /** To be the standard output of a process. */
  readonly descriptor: number
  /** Whole lines that were read. */
  readonly lines: string[]
  /** Begins to read. */
  read(): void
  close(): void
}

export const makeFifo = (path: string): void => {
  const { status } = spawnSync('mkfifo', [path])
  if (status !== 0) throw new Error('mkfifo failed')
}

export const openFifo = (path: string): Fifo => {
  makeFifo(path)
  // A reader that is also open for writing waits for nobody: fifo(7).
  const reading = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const descriptor = openSync(path, 'w')
  const lines: string[] = []
  let socket: Socket | undefined
  let rest = ''
  const take = (text: string): void => {
    const pieces = (rest + text).split('\n')
    rest = pieces.pop() ?? ''
    for (const piece of pieces) lines.push(piece)
  }
  return {
    descriptor,
    lines,
    read: () => {
      socket = new Socket({ fd: reading, readable: true, writable: false }).setEncoding('utf8').on('data', take)
    },
    close: () => {
      closeSync(descriptor)
      if (socket) socket.destroy()
      else closeSync(reading)
    },
  }
}

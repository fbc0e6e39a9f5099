import { openSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import koffi from 'koffi'

const libc = koffi.load(null)
const openMaster: (flags: number) => number = libc.func('posix_openpt', 'int', ['int'])
const grant: (master: number) => number = libc.func('grantpt', 'int', ['int'])
const unlock: (master: number) => number = libc.func('unlockpt', 'int', ['int'])
const nameOf: (master: number) => string | null = libc.func('ptsname', 'str', ['int'])
const close: (descriptor: number) => number = libc.func('close', 'int', ['int'])

/** open(2) on Linux */
const O_RDWR = 2
const O_NOCTTY = 0o400

/** A terminal (pty(7)) that a process writes to, and that shows what it wrote once somebody looks. */
export interface Terminal {
  /** To be the standard output of a process. */
  readonly descriptor: number
  /** What was shown so far. */
  readonly text: string
  /** Begins to look: until then what is written stays in the kernel. */
  look(): void
  close(): void
}

export const openTerminal = (): Terminal => {
  const master = openMaster(O_RDWR | O_NOCTTY)
  if (master < 0 || grant(master) !== 0 || unlock(master) !== 0) throw new Error('there are no terminals here')
  const descriptor = openSync(nameOf(master) ?? '', O_RDWR | O_NOCTTY)
  let text = ''
  let screen: ReadStream | undefined
  return {
    descriptor,
    get text() {
      return text
    },
    look: () => {
      // When the last writer has gone a master has an error, EIO, and no end.
      screen = new ReadStream(master).on('error', () => {}).setEncoding('utf8') as ReadStream
      screen.on('data', (piece) => {
        text += piece
      })
    },
    close: () => {
      close(descriptor)
      if (screen) screen.destroy()
      else close(master)
    },
  }
}

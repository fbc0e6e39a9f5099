/** Where a process's lines go: a file, a pipe, a terminal or a socket, each in the way that cannot stop this process. */
import { constants, fstatSync, openSync, statSync, write, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { Descriptor } from '../system/descriptor.ts'

export interface Target {
  /** Whole lines are written together up to so many bytes. */
  readonly blockBytes: number
  /**
   * `atOnce`: a write takes what it can and never waits. `onDisk`: it waits for a disk at most. `forReader`: it may wait
   * for good, and a process does not end while one of its threads waits.
   */
  readonly writes: 'atOnce' | 'onDisk' | 'forReader'
  /** @returns how many bytes were taken @throws the system's error: EAGAIN if it is to be tried again */
  writeNow(bytes: Buffer): number
  /** The same from another thread. */
  writeInBackground(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, taken: number) => void): void
  close(): void
}

const STDOUT = 1
const STDERR = 2
const DISK_BLOCK_BYTES = 64 * 1024
/** pipe(7): up to PIPE_BUF bytes are written whole, so that the lines of several workers do not mix. */
const PIPE_BUF = 4096

/** A FIFO without a reader, and a terminal that would become our own, must not change what this process does: open(2). */
const { O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants
export const LOG_FILE_FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY

/** What was opened with `LOG_FILE_FLAGS`. From here on the target owns the descriptor. */
export const fileTarget = (descriptor: number): Target => {
  const waits = isStream(descriptor) ? 'atOnce' : 'onDisk'
  const owner = new Descriptor(descriptor)
  return plainTarget(
    waits,
    () => owner.number,
    () => owner.close(),
  )
}

/** The socket behind `/dev/stdout` or `/dev/stderr`, which cannot be opened by its path: open(2) ENXIO. */
export const socketTargetAt = (path: string): Target | undefined => {
  const there = statSync(path, { throwIfNoEntry: false })
  if (!there?.isSocket()) return undefined
  const descriptor = [STDOUT, STDERR].find((own) => {
    const { dev, ino } = fstatSync(own)
    return dev === there.dev && ino === there.ino
  })
  return descriptor === undefined ? undefined : socketTarget(descriptor)
}

/** Standard output, as it is best written to; it is not closed, for it belongs to the process. */
export const stdoutTarget = (): Target => {
  if (fstatSync(STDOUT).isSocket()) return socketTarget(STDOUT)
  if (!isStream(STDOUT)) return plainTarget('onDisk', () => STDOUT)
  const own = openOwn(STDOUT)
  return own === undefined ? plainTarget('forReader', () => STDOUT) : fileTarget(own)
}

export const isTerminal = (): boolean => isatty(STDOUT)

const plainTarget = (writes: Target['writes'], number: () => number, close = () => {}): Target => ({
  blockBytes: writes === 'onDisk' ? DISK_BLOCK_BYTES : PIPE_BUF,
  writes,
  writeNow: (bytes) => writeSync(number(), bytes),
  writeInBackground: (bytes, done) => write(number(), bytes, done),
  close,
})

/**
 * A socket cannot be opened once more: here the call is the one that does not wait. What makes such calls is loaded for
 * this only; until it is there the lines wait, and where it cannot be loaded another thread waits for the reader.
 */
const socketTarget = (descriptor: number): Target => {
  if (process.platform !== 'linux') return plainTarget('forReader', () => descriptor)
  let writes: Target['writes'] = 'atOnce'
  let sendTo = (_descriptor: number, _bytes: Buffer): number => {
    throw Object.assign(new Error('not loaded yet'), { code: 'EAGAIN' })
  }
  import('./send-now.ts').then(
    ({ sendNow }) => {
      sendTo = sendNow
    },
    () => {
      writes = 'forReader'
    },
  )
  return {
    ...plainTarget('forReader', () => descriptor),
    get writes() {
      return writes
    },
    writeNow: (bytes) => (writes === 'atOnce' ? sendTo(descriptor, bytes) : writeSync(descriptor, bytes)),
  }
}

const isStream = (descriptor: number): boolean => {
  const kind = fstatSync(descriptor)
  return kind.isFIFO() || kind.isSocket() || isatty(descriptor)
}

/**
 * A pipe or terminal, opened once more so that it stays non-blocking: stdout's own description is shared, and every
 * process of Node that starts or exits may make it blocking again for all the others. Undefined without /proc, or where
 * it belongs to somebody else.
 */
const openOwn = (descriptor: number): number | undefined => {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    return undefined
  }
}

/** Where a process's lines go: a file, a pipe, a terminal or a socket, each written in a way that cannot stop the process. */
import { constants, fstatSync, openSync, statSync, write, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { Descriptor } from '../system/descriptor.ts'
import { blankOut } from './blank-out.ts'

export interface Target {
  /** Whole lines are written together up to this many bytes. */
  readonly blockBytes: number
  /**
   * `atOnce`: a write takes what it can and never blocks. `onDisk`: it waits at most for a disk. `forReader`: it may block
   * for ever, and a process does not end while one of its threads is blocked.
   */
  readonly writes: 'atOnce' | 'onDisk' | 'forReader'
  /** What writes to it is still being loaded. */
  readonly isLoading?: boolean
  /** @returns how many bytes were taken @throws the system's error: EAGAIN if the write is to be retried */
  writeNow(bytes: Buffer): number
  /** The same from another thread. */
  writeInBackground(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, taken: number) => void): void
  /** Makes the last `bytes` that were written a blank line. @returns false if they stay as they are */
  blankOut(bytes: number): boolean
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

/** A target for a file that was opened with `LOG_FILE_FLAGS`. It owns the descriptor from now on. */
export const fileTarget = (descriptor: number): Target => {
  const waits = isStream(descriptor) ? 'atOnce' : 'onDisk'
  const owner = new Descriptor(descriptor)
  return {
    ...plainTarget(
      waits,
      () => owner.number,
      () => owner.close(),
    ),
    blankOut: (bytes) => blankOut(owner.number, bytes),
  }
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

/** The best way to write to standard output, which is never closed because it belongs to the process. */
export const stdoutTarget = (): Target => {
  if (fstatSync(STDOUT).isSocket()) return socketTarget(STDOUT)
  if (!isStream(STDOUT)) return plainTarget('onDisk', () => STDOUT)
  const own = openOwn(STDOUT)
  return own === undefined ? plainTarget('forReader', () => STDOUT) : fileTarget(own)
}

/** Hands each line to a function that takes it at once. */
export const lineTarget = (add: (line: string) => void): Target => {
  const addAll = (bytes: Buffer): number => {
    for (const line of bytes.toString().split(/(?<=\n)/)) add(line)
    return bytes.length
  }
  return {
    blockBytes: DISK_BLOCK_BYTES,
    writes: 'atOnce',
    writeNow: addAll,
    writeInBackground: (bytes, done) => done(null, addAll(bytes)),
    blankOut: () => false,
    close: () => {},
  }
}

export const isTerminal = (): boolean => isatty(STDOUT)

const plainTarget = (writes: Target['writes'], number: () => number, close = () => {}): Target => ({
  blockBytes: writes === 'onDisk' ? DISK_BLOCK_BYTES : PIPE_BUF,
  writes,
  writeNow: (bytes) => writeSync(number(), bytes),
  writeInBackground: (bytes, done) => write(number(), bytes, done),
  // Other processes have the same open file description, so its position says nothing.
  blankOut: () => false,
  close,
})

/**
 * A socket cannot be reopened as non-blocking, so each call is made non-blocking (send(2) MSG_DONTWAIT). The module for
 * that is loaded only here; lines wait until it is loaded, and if it cannot be, another thread waits for the reader.
 */
const socketTarget = (descriptor: number): Target => {
  if (process.platform !== 'linux') return plainTarget('forReader', () => descriptor)
  let writes: Target['writes'] = 'atOnce'
  let isLoading = true
  let sendTo = (_descriptor: number, _bytes: Buffer): number => {
    throw Object.assign(new Error('not loaded yet'), { code: 'EAGAIN' })
  }
  import('./send-now.ts').then(
    ({ sendNow }) => {
      sendTo = sendNow
      isLoading = false
    },
    () => {
      writes = 'forReader'
      isLoading = false
    },
  )
  return {
    ...plainTarget('forReader', () => descriptor),
    get writes() {
      return writes
    },
    get isLoading() {
      return isLoading
    },
    writeNow: (bytes) => (writes === 'atOnce' ? sendTo(descriptor, bytes) : writeSync(descriptor, bytes)),
  }
}

const isStream = (descriptor: number): boolean => {
  const kind = fstatSync(descriptor)
  return kind.isFIFO() || kind.isSocket() || isatty(descriptor)
}

/**
 * Reopens a pipe or terminal, so that it stays non-blocking: stdout's own file description is shared, and every Node
 * process that starts or exits may make it blocking again for all others. Undefined without /proc, or without permission.
 */
const openOwn = (descriptor: number): number | undefined => {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    return undefined
  }
}

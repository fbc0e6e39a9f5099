import { constants, fstatSync, openSync, readFileSync, writeSync } from 'node:fs'
import { Descriptor } from '../system/descriptor.ts'

const SPACE = ' '
const LF = '\n'

/**
 * Overwrites the last `bytes` that this process appended to a file with a blank line. A full disk has taken only the begin
 * of a line, and what other processes append would be part of that line. The bytes are in the file already, so they can be
 * overwritten although the disk is full.
 *
 * @param descriptor of an open file description that no other process writes to: its position is where the last write ended
 * @returns false if that is impossible: without /proc, or on a file system that never overwrites
 */
export const blankOut = (descriptor: number, bytes: number): boolean => {
  try {
    const end = positionOf(descriptor)
    // pwrite(2), BUGS: Linux appends with O_APPEND, whatever the position, so this needs another description.
    const owner = new Descriptor(openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY))
    try {
      // A file that was truncated meanwhile would grow.
      if (!(fstatSync(owner.number).size >= end)) return false
      const blank = `${SPACE.repeat(bytes - 1)}${LF}`
      return writeSync(owner.number, blank, end - bytes) === bytes
    } finally {
      owner.close()
    }
  } catch {
    return false
  }
}

/** proc_pid_fdinfo(5): `pos` is the current file offset. */
const positionOf = (descriptor: number): number =>
  Number(/^pos:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? Number.NaN)

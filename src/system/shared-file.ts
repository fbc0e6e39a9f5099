import { randomUUID } from 'node:crypto'
import { ftruncateSync, openSync, readSync, unlinkSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Descriptor } from './descriptor.ts'

const BYTES = Int32Array.BYTES_PER_ELEMENT
const RESERVE_BYTES = 1024 * 1024

/** Memory first: any file that can be mapped will do. */
const DIRECTORIES = ['/dev/shm', tmpdir()]

/**
 * Numbers in memory that other processes inherit and map: a file that has no name any more. Whoever holds it reads and
 * writes it as a file, which needs no mapping.
 */
export class SharedFile {
  readonly #descriptor: Descriptor

  /**
   * Where the first directory is missing, full or cannot be written, the file is made in the next one. It is as long as
   * `length` numbers; beyond `numbers` it is sparse, and reads as zeros.
   *
   * @throws the system's error if it can be made nowhere
   */
  static open(numbers: Int32Array, length: number, directories: readonly string[] = DIRECTORIES): SharedFile {
    let failure: unknown
    for (const directory of directories) {
      try {
        return new SharedFile(numbers, length, directory)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  private constructor(numbers: Int32Array, length: number, directory: string) {
    const path = join(directory, `copyloop-${randomUUID()}`)
    this.#descriptor = new Descriptor(openSync(path, 'wx+', 0o600))
    try {
      unlinkSync(path)
      // Written now, it has its place on a file system that may fill up later: then writing to mapped memory kills.
      writeFileSync(this.#descriptor.number, numbers)
      ftruncateSync(this.#descriptor.number, length * BYTES)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** For others to inherit. */
  get descriptor(): number {
    return this.#descriptor.number
  }

  /** A copy of the numbers from `index` on, as they are now. */
  read(index: number, length: number): Int32Array {
    const numbers = new Int32Array(length)
    readSync(this.#descriptor.number, numbers, 0, length * BYTES, index * BYTES)
    return numbers
  }

  /**
   * Makes room for so many numbers from `index` on, all 0. Written now, they have their place.
   *
   * @throws the system's error if there is no room
   */
  reserve(index: number, length: number): void {
    const zeros = Buffer.alloc(Math.min(length * BYTES, RESERVE_BYTES))
    const end = (index + length) * BYTES
    for (let at = index * BYTES; at < end; )
      at += writeSync(this.#descriptor.number, zeros, 0, Math.min(zeros.length, end - at), at)
  }

  /** Replaces the numbers from `index` on. */
  write(index: number, ...numbers: readonly number[]): void {
    writeSync(this.#descriptor.number, Int32Array.from(numbers), 0, numbers.length * BYTES, index * BYTES)
  }

  close(): void {
    this.#descriptor.close()
  }
}

/** Maps `length` numbers of a SharedFile from `index` on, at the begin of a page. @throws Error if the system refuses */
export type MapNumbers = (index: number, length: number) => Int32Array

/**
 * How to map numbers of an inherited SharedFile, shared with all who map them.
 *
 * @throws Error on other systems than Linux, and where koffi cannot be loaded
 */
export const sharedMapper = async (descriptor: number): Promise<MapNumbers> => {
  // Elsewhere there is no libc that libc.ts knows.
  if (process.platform !== 'linux') throw new Error(`it needs Linux, this is ${process.platform}`)
  const { mapFile } = await import('./libc.ts')
  return (index, length) => {
    const memory = mapFile(descriptor, length * BYTES, index * BYTES)
    if (memory === undefined) throw new Error('mmap was refused')
    return new Int32Array(memory)
  }
}

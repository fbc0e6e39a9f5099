import { randomUUID } from 'node:crypto'
import { openSync, readSync, unlinkSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Descriptor } from './descriptor.ts'

const BYTES = Int32Array.BYTES_PER_ELEMENT

/** Memory first: any file that can be mapped will do. */
const DIRECTORIES = ['/dev/shm', tmpdir()]

/**
 * Numbers in memory that other processes inherit and map: a file that has no name any more. Whoever holds it reads and
 * writes it as a file, which needs no mapping.
 */
export class SharedFile {
  readonly #descriptor: Descriptor

  /**
   * Where the first directory is missing, full or cannot be written, the file is made in the next one.
   *
   * @throws the system's error if it can be made nowhere
   */
  static open(numbers: Int32Array, directories: readonly string[] = DIRECTORIES): SharedFile {
    let failure: unknown
    for (const directory of directories) {
      try {
        return new SharedFile(numbers, directory)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  private constructor(numbers: Int32Array, directory: string) {
    const path = join(directory, `copyloop-${randomUUID()}`)
    this.#descriptor = new Descriptor(openSync(path, 'wx+', 0o600))
    try {
      unlinkSync(path)
      // Written now, it has its place on a file system that may fill up later: then writing to mapped memory kills.
      writeFileSync(this.#descriptor.number, numbers)
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

  write(index: number, number: number): void {
    writeSync(this.#descriptor.number, Int32Array.of(number), 0, BYTES, index * BYTES)
  }

  close(): void {
    this.#descriptor.close()
  }
}

/**
 * The numbers of an inherited SharedFile, shared with all who map them.
 *
 * @throws Error on other systems than Linux, where koffi cannot be loaded, or if the system refuses to map
 */
export const mapShared = async (descriptor: number, length: number): Promise<Int32Array> => {
  // Elsewhere there is no libc that libc.ts knows.
  if (process.platform !== 'linux') throw new Error(`it needs Linux, this is ${process.platform}`)
  const { mapFile } = await import('./libc.ts')
  const memory = mapFile(descriptor, length * BYTES)
  if (memory === undefined) throw new Error('mmap was refused')
  return new Int32Array(memory)
}

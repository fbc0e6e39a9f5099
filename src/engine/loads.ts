/**
 * How many connections each worker serves, in memory that all workers share: a file that has no name any more, which
 * they inherit and map. The primary only marks places as vacant, so it needs no mapping.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A place's value while no worker serves from it. */
export const VACANT = -1
export const BYTES_A_PLACE = Int32Array.BYTES_PER_ELEMENT

/** The shared loads, as a worker gets them. */
export interface SharedLoads {
  /** Inherited from the primary. */
  readonly descriptor: number
  /** Which of the places is this worker's. */
  readonly place: number
  readonly places: number
}

/** Memory first: any file that can be mapped will do. */
const DIRECTORIES = ['/dev/shm', tmpdir()]

/** The file of shared loads, as the primary holds it. */
export class LoadsFile {
  readonly descriptor: number

  /**
   * Where the first directory is missing, full or cannot be written, the file is made in the next one.
   *
   * @param places how many workers there are; all are vacant at first
   * @throws the system's error if it can be made nowhere
   */
  static open(places: number, directories: readonly string[] = DIRECTORIES): LoadsFile {
    let failure: unknown
    for (const directory of directories) {
      try {
        return new LoadsFile(places, directory)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  private constructor(places: number, directory: string) {
    const path = join(directory, `copyloop-${randomUUID()}`)
    this.descriptor = openSync(path, 'wx+', 0o600)
    try {
      unlinkSync(path)
      // Written now, it has its place on a file system that may fill up later: then writing to mapped memory kills.
      for (let place = 0; place < places; place++) this.vacate(place)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The worker of this place is gone: nobody waits for it to accept. */
  vacate(place: number): void {
    writeSync(this.descriptor, VACANT_BYTES, 0, BYTES_A_PLACE, place * BYTES_A_PLACE)
  }

  close(): void {
    closeSync(this.descriptor)
  }
}

const VACANT_BYTES = Buffer.from(new Int32Array([VACANT]).buffer)

/**
 * How many connections each worker serves, in memory that all workers share: a file that has no name any more, which
 * they inherit and map. The primary only marks places as vacant, so it needs no mapping.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, unlinkSync, writeSync } from 'node:fs'
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

/** The file of shared loads, as the primary holds it. */
export class LoadsFile {
  readonly descriptor: number

  /** @param places how many workers there are; all are vacant at first */
  constructor(places: number) {
    const memory = '/dev/shm'
    const path = join(existsSync(memory) ? memory : tmpdir(), `copyloop-${randomUUID()}`)
    this.descriptor = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    for (let place = 0; place < places; place++) this.vacate(place)
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

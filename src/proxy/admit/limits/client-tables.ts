import { ClientLayout } from '../../../serving/clients/client-layout.ts'
import { ClientTable } from '../../../serving/clients/client-table.ts'
import { TokenBucket } from '../../../serving/clients/token-bucket.ts'
import type { SharedMemory } from '../../../serving/shared-memory.ts'

/** Where the arrivals at a listener are counted. */
export interface ArrivalCounts {
  readonly table: ClientTable
  /** Which listener it is in the table. */
  readonly listener: number
  /** Of all its clients. */
  readonly bucket: TokenBucket
}

/** The tables that a worker counts clients in, made when a listener first needs one. */
export class ClientTables {
  readonly #memory: SharedMemory | undefined
  readonly #own = new Map<string, ArrivalCounts>()
  #sharedTable: ClientTable | undefined
  #ownTable: ClientTable | undefined

  constructor(memory: SharedMemory | undefined) {
    this.#memory = memory
  }

  /**
   * In the table that all workers share.
   *
   * @throws Error if it cannot be mapped
   */
  shared(cell: number): ArrivalCounts {
    this.#sharedTable ??= this.#map()
    return { table: this.#sharedTable, listener: cell, bucket: this.#sharedTable.bucketOfListener(cell) }
  }

  /** In a table of this worker alone. */
  own(listener: string): ArrivalCounts {
    const layout = new ClientLayout(1)
    this.#ownTable ??= new ClientTable(new Int32Array(layout.length), layout, 0)
    const counts = this.#own.get(listener) ?? {
      table: this.#ownTable,
      listener: this.#own.size,
      bucket: new TokenBucket(new BigInt64Array(1), 0),
    }
    this.#own.set(listener, counts)
    return counts
  }

  #map(): ClientTable {
    if (this.#memory === undefined) throw new Error('this worker shares no memory')
    const layout = new ClientLayout(this.#memory.places)
    return new ClientTable(this.#memory.mapClients(layout.length), layout, this.#memory.place)
  }
}

/** The most that is read at once, and so the largest chunk that a tap gets. */
export const CHUNK_BYTES = 64 * 1024

const MOST_IDLE = 32

/** Memory for chunks that taps get. It is reused: allocating it costs more than filling it. */
export class ChunkPool<Chunk> {
  readonly #make: (bytes: number) => Chunk
  readonly #idle: Chunk[] = []

  /** @param make allocates the engine's kind of memory, of that many bytes */
  constructor(make: (bytes: number) => Chunk) {
    this.#make = make
  }

  take(): Chunk {
    return this.#idle.pop() ?? this.#make(CHUNK_BYTES)
  }

  /** Only once neither the tap nor a write reads it any longer. */
  give(chunk: Chunk): void {
    if (this.#idle.length < MOST_IDLE) this.#idle.push(chunk)
  }
}

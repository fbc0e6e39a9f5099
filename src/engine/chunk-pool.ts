/** What is read at once, and so the most that a tap is shown. */
export const CHUNK_BYTES = 64 * 1024

const MOST_IDLE = 32

/** Memory for chunks that are shown to taps. Kept for the next one: making it costs more than filling it. */
export class ChunkPool<Chunk> {
  readonly #make: (bytes: number) => Chunk
  readonly #idle: Chunk[] = []

  /** @param make the engine's kind of memory, of so many bytes */
  constructor(make: (bytes: number) => Chunk) {
    this.#make = make
  }

  take(): Chunk {
    return this.#idle.pop() ?? this.#make(CHUNK_BYTES)
  }

  /** Only when nobody reads it any more: neither the tap nor a write. */
  give(chunk: Chunk): void {
    if (this.#idle.length < MOST_IDLE) this.#idle.push(chunk)
  }
}

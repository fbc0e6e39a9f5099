interface Kill {
  readonly atMs: number
  /** It was killed while connections moved from or to it: what it held is reset, and never ends with a FIN. */
  readonly resets: boolean
}

/** When a connection began and ended. */
interface Lifetime {
  readonly beganMs: number
  readonly endedMs: number
}

/** Of a killed worker's connections, ends that it had not noticed or logged are lost, and the living end at once… */
const LOST_BEFORE_MS = 6_000
/** …or when their slow readers read on, or their other side sends again. */
const ENDS_WITHIN_MS = 8_000

/** Kills workers, and knows what may have ended with them. */
export class Kills {
  readonly #kills: Kill[] = []

  get count(): number {
    return this.#kills.length
  }

  /** Whether connections that end now may have been cut by a kill. */
  get mayBeCut(): boolean {
    return this.#kills.some(({ atMs }) => performance.now() < atMs + ENDS_WITHIN_MS)
  }

  /** Whether it may have ended with a killed worker. */
  mayBeLost(visit: Lifetime): boolean {
    return this.#kills.some((kill) => mayBeOf(kill, visit))
  }

  /** Whether the worker that it ended with held nothing that may end with a FIN. */
  wasReset(visit: Lifetime): boolean {
    return this.#kills.filter((kill) => mayBeOf(kill, visit)).every(({ resets }) => resets)
  }

  kill(pid: number, resets: boolean): void {
    process.kill(pid, 'SIGKILL')
    this.#kills.push({ atMs: performance.now(), resets })
  }
}

const mayBeOf = ({ atMs }: Kill, { beganMs, endedMs }: Lifetime): boolean =>
  beganMs <= atMs && endedMs >= atMs - LOST_BEFORE_MS && endedMs <= atMs + ENDS_WITHIN_MS

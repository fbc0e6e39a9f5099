/** The messages between the parent and a load generator, and the interface of a generator. */
import type { RecordableHistogram } from 'node:perf_hooks'

export type LoadKind = 'autocannon' | 'wrk' | 'requests' | 'rate' | 'connects' | 'transfer' | 'pingpong' | 'idle'

export interface LoadSettings {
  port: number
  connections: number
  /** Requests per second, for `rate`. */
  rate?: number
  /** Bytes per block each way, for `transfer`. */
  up?: number
  down?: number
}

/** All counts are of work that was finished and checked. */
export interface LoadResult {
  units: number
  seconds: number
  /** Empty for a run that counts. */
  errors: string[]
  figures: Record<string, number>
}

export interface Load {
  /** May be called again; the first call is the warm-up. */
  run(seconds: number): Promise<LoadResult>
}

export type ToLoad = { type: 'prepare'; kind: LoadKind; settings: LoadSettings } | { type: 'run'; seconds: number }

export type FromLoad = { type: 'ready' } | { type: 'result'; result: LoadResult } | { type: 'failed'; reason: string }

/** Collects errors without keeping a million of the same. */
export class Errors {
  readonly #counts = new Map<string, number>()

  add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }

  take(): string[] {
    const list = [...this.#counts].map(([what, count]) => `${count} × ${what}`)
    this.#counts.clear()
    return list
  }
}

/** Latency figures in microseconds from a histogram of nanoseconds. */
export const latencyFigures = (histogram: RecordableHistogram): Record<string, number> => {
  if (histogram.count === 0) return {}
  return {
    p50Us: histogram.percentile(50) / 1000,
    p99Us: histogram.percentile(99) / 1000,
    p999Us: histogram.percentile(99.9) / 1000,
    maxUs: histogram.max / 1000,
  }
}

export const now = (): number => Number(process.hrtime.bigint())

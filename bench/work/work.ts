import type { LoadKind, LoadSettings } from '../load/load.ts'

/** One thing that is measured with every contestant. */
export interface Work {
  name: string
  title: string
  /** One sentence for the page: what is done, with what. */
  explain: string
  /** What costs are divided by: `size` of what the generator counts, called `name`. */
  unit: { name: string; size: number }
  /** How throughput is shown: `perSecond` is divided by `size`. */
  throughput: { name: string; size: number }
  /** The figure that the chart shows and ratios are formed of. Lower is better for all of them. */
  headline: FigureName
  /** Further figures that the table shows. */
  also?: FigureName[]
  /** Worker processes or threads, where it must not be two. */
  workers?: number
  /** Why it cannot be done here, or undefined. */
  absent?(): Promise<string | undefined>
  /** The generators, all at the same time; the first one's units count. */
  loads: { kind: LoadKind; settings: Omit<LoadSettings, 'port'> }[]
  /** Measures memory before and after instead of CPU during. */
  memory?: boolean
  /** So many times the usual warm-up, where more code has to be compiled or more caches filled. */
  warmUps?: number
}

/** A work that is no row of the page: something is measured on the way. */
export const sideWork = (name: string, load: Work['loads'][number], workers?: number): Work => {
  return {
    name,
    title: name,
    explain: '',
    unit: { name, size: 1 },
    throughput: { name, size: 1 },
    headline: 'proxyCpu',
    loads: [load],
    ...(workers === undefined ? {} : { workers }),
  }
}

/** Every figure that a run can have, and how it is shown. */
export const figures = {
  proxyCpu: { label: 'proxy CPU, s' },
  machineCpu: { label: 'whole machine, s' },
  perSecond: { label: 'per second' },
  generatorCores: { label: 'generator, cores' },
  originCores: { label: 'origin, cores' },
  elsewhereCores: { label: 'elsewhere, cores' },
  p50Us: { label: 'p50, µs' },
  p99Us: { label: 'p99, µs' },
  p999Us: { label: 'p99.9, µs' },
  maxUs: { label: 'max, µs' },
  generatorLateP99Us: { label: 'generator late p99, µs' },
  unanswered: { label: 'left unanswered' },
  kibPerConnection: { label: 'KiB per connection' },
  emptyMib: { label: 'MiB without connections' },
  fullMib: { label: 'MiB with all' },
} as const
export type FigureName = keyof typeof figures

export const isFigureName = (name: string): name is FigureName => {
  return name in figures
}

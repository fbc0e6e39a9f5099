import type { Stats } from '../../../src/primary/admin/stats-answer.ts'

/** Every number in /stats that must not fall, by its path. */
const counters = ({ totals, listeners, upstreams }: Stats): Map<string, number> => {
  const found = new Map<string, number>()
  const walk = (path: string, value: unknown): void => {
    if (typeof value === 'number' && !path.endsWith('connectionsActive')) found.set(path, value)
    if (typeof value === 'object' && value !== null) {
      for (const [key, part] of Object.entries(value)) walk(`${path}.${key}`, part)
    }
  }
  walk('', { totals, listeners, upstreams })
  return found
}

/** What fell from one /stats to the next. */
export const fallen = (from: Stats, to: Stats): string[] => {
  const next = counters(to)
  return [...counters(from)].flatMap(([name, value]) =>
    (next.get(name) ?? 0) < value ? [`${name}: ${value} → ${next.get(name)}`] : [],
  )
}

export const outcomeSum = ({ totals }: Stats): number =>
  Object.values(totals.outcomes).reduce((sum, count) => sum + count, 0)

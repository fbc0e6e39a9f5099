/** What is counted of one inspector of a listener. All but `threads` and `queueLength` only grow. */
export interface InspectorCounts {
  /** Threads that run the listener's inspectors. */
  threads: number
  /** Chunks and ends that wait for a verdict now. */
  queueLength: number
  chunks: number
  bytes: number
  verdicts: { pass: number; detach: number; hold: number; replace: number; block: number }
  /** Connections that it failed. */
  failures: number
  /** Calls by how long they took: the key is the most µs, `more` is all above. */
  timeUs: Record<string, number>
}

/** Upper bounds in µs of the time that one call takes. */
export const TIME_BOUNDS_US = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000] as const

export const VERDICTS = [
  'pass',
  'detach',
  'hold',
  'replace',
  'block',
] as const satisfies readonly (keyof InspectorCounts['verdicts'])[]

export const noInspectorCounts = (): InspectorCounts => ({
  threads: 0,
  queueLength: 0,
  chunks: 0,
  bytes: 0,
  verdicts: { pass: 0, detach: 0, hold: 0, replace: 0, block: 0 },
  failures: 0,
  timeUs: Object.fromEntries([...TIME_BOUNDS_US.map(String), 'more'].map((bound) => [bound, 0])),
})

export const addInspector = (into: InspectorCounts, counts: InspectorCounts): void => {
  into.threads += counts.threads
  into.queueLength += counts.queueLength
  into.chunks += counts.chunks
  into.bytes += counts.bytes
  for (const verdict of VERDICTS) into.verdicts[verdict] += counts.verdicts[verdict]
  into.failures += counts.failures
  for (const [bound, calls] of Object.entries(counts.timeUs)) into.timeUs[bound] = (into.timeUs[bound] ?? 0) + calls
}

/** Whether no counter is lower in `to` than in `from`. */
export const inspectorGrew = (from: InspectorCounts, to: InspectorCounts): boolean =>
  to.chunks >= from.chunks &&
  to.bytes >= from.bytes &&
  VERDICTS.every((verdict) => to.verdicts[verdict] >= from.verdicts[verdict]) &&
  to.failures >= from.failures &&
  Object.entries(from.timeUs).every(([bound, calls]) => (to.timeUs[bound] ?? 0) >= calls)

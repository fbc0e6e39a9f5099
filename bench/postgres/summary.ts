import type { Line } from './replaced-proxy.ts'

/** What copyloop has logged, in a few lines. */
export const summaryOf = (lines: readonly Line[]): string => {
  const connections = lines.filter(({ msg }) => msg === 'connection')
  const moves = connections.map(({ handedOver }) => Number(handedOver ?? 0))
  const handOvers = lines.flatMap(({ silenceMs }) => (silenceMs as { readonly max: number } | undefined) ?? [])
  const silences = handOvers.map(({ max }) => max).toSorted((one, other) => one - other)
  const left = lines.filter(({ msg }) => String(msg).includes('has left'))
  const cut = left.reduce((sum, { cutShort }) => sum + Number(cutShort ?? 0), 0)
  return [
    `connections: ${connections.length}; outcomes: ${JSON.stringify(countBy(connections.map(({ outcome }) => outcome)))}`,
    `how often they moved: ${JSON.stringify(countBy(moves))}`,
    `longest silence of each hand-over, ms: ${silences.length} of them, median ${silences[silences.length >> 1]}, max ${silences.at(-1)}`,
    `cut short: ${cut}`,
  ].join('\n')
}

/** Warnings and errors in the log. */
export const troublesIn = (lines: readonly Line[]): string[] =>
  lines.filter(({ level }) => Number(level) > 30).map((line) => JSON.stringify(line))

const countBy = (values: readonly unknown[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1
  return counts
}

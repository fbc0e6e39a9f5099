import { type Data, ratioOf, type Spread } from './data.ts'
import { number } from './svg.ts'

/** What inspection may cost of the same engine's bulk throughput without it. */
const goals: Readonly<Record<string, number>> = { 'detach-first': 0.9, 'pass-all': 0.4 }

/** Whether it is a run of `--inspection`. */
export const comparesInspectors = (data: Data): boolean => pairsIn(data).length > 0

/** Each of our engines with an inspector, beside the same engine without one. */
const pairsIn = (data: Data) =>
  data.peers.flatMap((peer) => {
    const [, engine, inspector] = /^(copyloop-(?:kernel|streams))-(.+)$/.exec(peer.name) ?? []
    const plain = data.peers.find(({ name }) => name === engine)
    return plain && inspector && inspector in goals ? [{ peer, plain, inspector }] : []
  })

/** For `--inspection`: throughput with each inspector over that of the same engine without one. Above 1 is an improvement. */
export const inspectionTable = (data: Data): string => {
  const pairs = pairsIn(data)
  if (pairs.length === 0) return ''
  const rows = data.works.flatMap((work) =>
    pairs.map(({ peer, plain, inspector }) => {
      const goal = work.name.startsWith('bulk') ? goals[inspector] : undefined
      const throughput = ratioOf(data, work.name, 'perSecond', peer.name, plain.name)
      const cpu = ratioOf(data, work.name, 'proxyCpu', peer.name, plain.name)
      const p99 = ratioOf(data, work.name, 'p99Us', peer.name, plain.name)
      const reached = goal === undefined || !throughput ? '' : throughput.median >= goal ? 'yes' : '**no**'
      const least = goal === undefined ? '' : `≥ ${goal}`
      return `| ${work.title} | ${peer.label} | ${cell(throughput)} | ${least} | ${reached} | ${cell(cpu)} | ${cell(p99)} |`
    }),
  )
  return [
    '## Inspection',
    '',
    'Each inspector over the same engine without one: medians of the ratios of the rounds, with the lowest and highest.',
    '',
    '| | | throughput | goal | reached | proxy CPU | p99 |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

const cell = (ratio: Spread | undefined): string =>
  ratio ? `${number(ratio.median)} (${number(ratio.lowest)}–${number(ratio.highest)})` : '–'

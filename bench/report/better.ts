import { champion, type Data, ratioOf, type Spread } from './data.ts'
import { number } from './svg.ts'

/** Where the rounds disagree about who needs less, a median below this is noise. */
const NOISE = 1.02

/** The first thing on the page: every work in which another contestant needs less than we do. */
export const whereOthersAreBetter = (data: Data): string => {
  const ours = champion(data)
  const rivals = data.peers.filter((peer) => !peer.ours && peer.name !== 'direct')
  if (!ours || rivals.every((rival) => data.samples.every((sample) => sample.peer !== rival.name))) return ''
  const worse: string[] = []
  for (const work of data.works) {
    for (const rival of rivals) {
      const ratio = ratioOf(data, work.name, work.headline, ours.name, rival.name)
      if (!ratio || ratio.median <= 1) continue
      worse.push(`- ${work.title}, ${headlineWords[work.headline] ?? ''}: ${verdict(rival.label, ratio)}.`)
    }
  }
  const what =
    worse.length > 0 ? worse.join('\n') : 'In none of the works of this run, by the figure that its chart shows.'
  return `## Where others are better than ${ours.label}\n\n${what}\n`
}

const verdict = (rival: string, { median, lowest, highest }: Spread): string => {
  if (number(median) === '1' || (lowest < 1 && median < NOISE)) {
    return `${rival} is equal within noise; we need ${number(lowest)} to ${number(highest)} times as much in single rounds`
  }
  const doubt = lowest < 1 ? ', though not in every round' : ''
  return `${rival} is better; we need ${number(median)} times as much${doubt}`
}

const headlineWords: Partial<Record<string, string>> = {
  proxyCpu: 'CPU of the proxy',
  p99Us: 'p99 latency',
  kibPerConnection: 'memory',
}

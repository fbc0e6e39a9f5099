import { champion, type Data, ratioOf } from './data.ts'
import { number } from './svg.ts'

/** The first thing on the page: every work in which somebody else needs less than we do. */
export const whereOthersAreBetter = (data: Data): string => {
  const ours = champion(data)
  const rivals = data.peers.filter((peer) => !peer.ours && peer.name !== 'direct')
  if (!ours || rivals.every((rival) => data.samples.every((sample) => sample.peer !== rival.name))) return ''
  const worse: string[] = []
  for (const work of data.works) {
    for (const rival of rivals) {
      const ratio = ratioOf(data, work.name, work.headline, ours.name, rival.name)
      if (!ratio || ratio.median <= 1) continue
      const doubt = ratio.lowest < 1 ? ', though not in every round' : ''
      worse.push(
        `- ${work.title}, ${headlineWords[work.headline] ?? ''}: ${rival.label} is better; we need ${number(ratio.median)} times as much${doubt}.`,
      )
    }
  }
  const what =
    worse.length > 0 ? worse.join('\n') : 'In none of the works of this run, by the figure that its chart shows.'
  return `## Where others are better than ${ours.label}\n\n${what}\n`
}

const headlineWords: Partial<Record<string, string>> = {
  proxyCpu: 'CPU of the proxy',
  p99Us: 'p99 latency',
  kibPerConnection: 'memory',
}

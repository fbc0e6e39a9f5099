import type { Sample } from '../measure/sample.ts'
import { type Data, spreadOf, valuesByRound, type WorkFacts } from './data.ts'
import { number } from './svg.ts'
import { headlineLabel } from './work-section.ts'

export const progressLine = (sample: Sample, work: WorkFacts): string => {
  const start = `round ${sample.round}  ${work.name.padEnd(10)} ${sample.peer.padEnd(18)}`
  if (sample.errors.length > 0) return `${start} THROWN OUT: ${sample.errors.slice(0, 2).join('; ')}`
  const headline = sample.figures[work.headline]
  const rate = sample.figures.perSecond
  const cost = headline === undefined ? '' : `${number(headline)} ${headlineLabel(work)}`
  return `${start} ${cost}${rate === undefined ? '' : `  ${number(rate / work.throughput.size)} ${work.throughput.name}`}`
}

/** The summary in the terminal: medians, one block per work. */
export const summary = (data: Data): string => {
  return data.works
    .map((work) => {
      const lines = data.peers.flatMap((peer) => {
        const headline = spreadOf(valuesByRound(data, work.name, peer.name, work.headline).values())
        const rate = spreadOf(valuesByRound(data, work.name, peer.name, 'perSecond').values())
        if (!headline && !rate) return []
        const cost = headline ? number(headline.median) : '–'
        const throughput = rate ? `${number(rate.median / work.throughput.size)} ${work.throughput.name}` : ''
        return [`  ${peer.label.padEnd(22)} ${cost.padStart(8)}   ${throughput}`]
      })
      return [`${work.title}: ${headlineLabel(work)}`, ...lines].join('\n')
    })
    .join('\n\n')
}

import { type FigureName, figures } from '../work/work.ts'
import { type Bar, barChart } from './bars.ts'
import { type Data, type Spread, spreadOf, valuesByRound, type WorkFacts } from './data.ts'
import { lineChart } from './lines.ts'
import { number } from './svg.ts'

/** Text for the page, and the files that it shows. */
export interface Section {
  markdown: string
  charts: Map<string, string>
}

export const headlineLabel = (work: WorkFacts): string => {
  if (work.headline === 'proxyCpu') return `CPU seconds of the proxy per ${work.unit.name}`
  if (work.headline === 'p99Us') return 'p99, µs'
  return figures[work.headline].label
}

export const workSection = (data: Data, work: WorkFacts, imageFolder: string): Section => {
  const charts = new Map<string, string>()
  const lines = [`### ${work.title}`, '', work.explain]
  if (work.notMeasured) return { markdown: [...lines, '', `Not measured: ${work.notMeasured}.`, ''].join('\n'), charts }

  const bars: Bar[] = []
  for (const peer of data.peers) {
    const spread = spreadOf(valuesByRound(data, work.name, peer.name, work.headline).values())
    if (spread) bars.push({ label: peer.label, ours: peer.ours, value: spread.median, ...spread })
  }
  // The steps of `scale` have one chart together.
  if (bars.length > 0 && !work.name.startsWith('scale-')) {
    const file = `${work.name}.svg`
    charts.set(file, barChart(work.title, headlineLabel(work), bars))
    lines.push('', `![${work.title}](${imageFolder}/${file})`)
  }
  lines.push('', ...table(data, work), '')
  return { markdown: lines.join('\n'), charts }
}

const table = (data: Data, work: WorkFacts): string[] => {
  const costs: FigureName[] = work.headline === 'kibPerConnection' ? [work.headline] : ['proxyCpu', 'machineCpu']
  const loads: FigureName[] =
    work.headline === 'kibPerConnection' ? [] : ['generatorCores', 'originCores', 'elsewhereCores']
  const shown: FigureName[] = [...costs, ...(work.also ?? []), ...loads]
  const withRate = work.headline !== 'kibPerConnection'
  const titles = shown.map((name) =>
    costs.includes(name) && withRate ? `${figures[name].label} per ${work.unit.name}` : figures[name].label,
  )
  const rows = data.peers
    .filter((peer) => data.samples.some((sample) => sample.peer === peer.name && sample.work === work.name))
    .map((peer) => {
      const cell = (figure: FigureName, size = 1) =>
        spreadText(
          spreadOf([...valuesByRound(data, work.name, peer.name, figure).values()].map((value) => value / size)),
        )
      const rate = withRate ? [cell('perSecond', work.throughput.size)] : []
      return [peer.label, ...shown.map((name) => cell(name)), ...rate]
    })
  const header = ['', ...titles, ...(withRate ? [work.throughput.name] : [])]
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

const spreadText = (spread: Spread | undefined): string => {
  if (!spread) return '–'
  if (spread.count === 1) return number(spread.median)
  return `${number(spread.median)} (${number(spread.lowest)}–${number(spread.highest)})`
}

/** One chart over all the steps of `scale`. */
export const scaleSection = (data: Data, imageFolder: string): Section => {
  const steps = data.works.filter((work) => work.name.startsWith('scale-'))
  const charts = new Map<string, string>()
  const lines = data.peers.flatMap((peer) => {
    const points = steps.flatMap((work) => {
      const spread = spreadOf(valuesByRound(data, work.name, peer.name, 'proxyCpu').values())
      return spread ? [{ x: work.loads[0]?.settings.connections ?? 1, y: spread.median }] : []
    })
    return points.length > 1 ? [{ label: peer.label, points }] : []
  })
  if (lines.length === 0) return { markdown: '', charts }
  const title = 'How the cost of a request grows with the connections'
  charts.set('scale.svg', lineChart(title, 'CPU seconds of the proxy per 100k requests', 'connections', lines))
  return { markdown: `### ${title}\n\n![${title}](${imageFolder}/scale.svg)\n`, charts }
}

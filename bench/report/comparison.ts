import { type Data, ratioOf } from './data.ts'
import { number } from './svg.ts'

/** For `--compare`: the working tree over the revision, engine by engine. Below 1 is an improvement. */
export const comparisonTable = (data: Data): string => {
  const revision = data.comparedWith ?? ''
  const pairs = data.peers.flatMap((now) => {
    const before = data.peers.find((peer) => peer.name === `${now.name}@${revision}`)
    return before ? [{ now, before }] : []
  })
  const rows = data.works.map((work) => {
    const cells = pairs.map(({ now, before }) => {
      const ratio = ratioOf(data, work.name, work.headline, now.name, before.name)
      return ratio ? `${number(ratio.median)} (${number(ratio.lowest)}–${number(ratio.highest)})` : '–'
    })
    return `| ${work.title} | ${cells.join(' | ')} |`
  })
  return [
    `## The working tree over ${revision}`,
    '',
    'By the figure that the chart of each work shows. Below 1: the working tree needs less.',
    '',
    `| | ${pairs.map(({ now }) => now.label).join(' | ')} |`,
    `|---|${'---|'.repeat(pairs.length)}`,
    ...rows,
    '',
  ].join('\n')
}

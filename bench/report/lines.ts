import { escapeXml, number, style } from './svg.ts'

export interface Line {
  label: string
  points: { x: number; y: number }[]
}

const width = 760
const height = 340
const area = { left: 60, right: 560, top: 60, bottom: 290 }
const colours = ['#2f81f7', '#a371f7', '#2da44e', '#d29922', '#e5534b', '#8b949e']

/** Lines over a logarithmic x axis, y from zero. The legend is in the order of the lines' ends. */
export const lineChart = (title: string, measure: string, xLabel: string, lines: readonly Line[]): string => {
  const xs = [...new Set(lines.flatMap((line) => line.points.map((point) => point.x)))].sort((a, b) => a - b)
  const most = Math.max(...lines.flatMap((line) => line.points.map((point) => point.y)), Number.MIN_VALUE)
  const [first = 1, last = 1] = [xs[0], xs.at(-1)]
  const toX = (x: number) =>
    area.left + (last === first ? 0 : (Math.log(x / first) / Math.log(last / first)) * (area.right - area.left))
  const toY = (y: number) => area.bottom - (y / most) * (area.bottom - area.top)

  const drawn = lines.map((line, index) => ({
    ...line,
    colour: colours[index % colours.length] ?? '#8b949e',
    end: toY(line.points.at(-1)?.y ?? 0),
  }))
  const paths = drawn.map(({ points, colour }) => {
    const spots = points.map(({ x, y }) => `${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`)
    const dots = points.map(
      ({ x, y }) => `<circle cx="${toX(x).toFixed(1)}" cy="${toY(y).toFixed(1)}" r="3" fill="${colour}"/>`,
    )
    return `<path d="M${spots.join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}`
  })
  let free = area.top
  const legend = [...drawn]
    .sort((a, b) => a.end - b.end)
    .map(({ label, colour, end }) => {
      const y = Math.max(free, end)
      free = y + 18
      return `<rect x="${area.right + 14}" y="${y - 5}" width="10" height="10" fill="${colour}"/><text x="${area.right + 30}" y="${y + 5}">${escapeXml(label)}</text>`
    })
  const ticks = xs.map(
    (x) => `<text x="${toX(x)}" y="${area.bottom + 18}" text-anchor="middle">${x.toLocaleString('en')}</text>`,
  )
  const levels = [0, 0.5, 1].map((part) => {
    const y = toY(part * most)
    return `<path class="axis" d="M${area.left} ${y}H${area.right}" stroke-opacity="0.4"/><text x="${area.left - 6}" y="${y + 4}" text-anchor="end">${number(part * most)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeXml(title)}: ${escapeXml(measure)}</title>
${style}
<text x="8" y="18" class="strong">${escapeXml(title)}</text>
<text x="8" y="37" class="faint">${escapeXml(measure)}, less is better</text>
${[...levels, ...ticks, ...paths, ...legend].join('\n')}
<text x="${(area.left + area.right) / 2}" y="${area.bottom + 40}" text-anchor="middle" class="faint">${escapeXml(xLabel)}</text>
</svg>
`
}

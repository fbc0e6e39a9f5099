import { escapeXml, number, style } from './svg.ts'

export interface Bar {
  label: string
  ours: boolean
  value: number
  lowest: number
  highest: number
}

const width = 760
const labelWidth = 170
const valueWidth = 90
const rowHeight = 30
const top = 56

/** Horizontal bars from zero, one a contestant, with a line from the lowest to the highest round. Less is better. */
export const barChart = (title: string, measure: string, bars: readonly Bar[]): string => {
  const height = top + bars.length * rowHeight + 12
  const most = Math.max(...bars.map((bar) => bar.highest), Number.MIN_VALUE)
  const scale = (value: number) => (Math.max(0, value) / most) * (width - labelWidth - valueWidth)
  const rows = bars.map((bar, index) => {
    const y = top + index * rowHeight
    const middle = y + 11
    const from = labelWidth + scale(bar.lowest)
    const to = labelWidth + scale(bar.highest)
    return [
      `<text x="${labelWidth - 8}" y="${y + 16}" text-anchor="end"${bar.ours ? ' class="strong"' : ''}>${escapeXml(bar.label)}</text>`,
      `<rect class="${bar.ours ? 'ours' : 'bar'}" x="${labelWidth}" y="${y}" width="${scale(bar.value).toFixed(1)}" height="22" rx="2"/>`,
      `<path class="spread" d="M${from.toFixed(1)} ${middle}H${to.toFixed(1)}M${from.toFixed(1)} ${middle - 4}v8M${to.toFixed(1)} ${middle - 4}v8"/>`,
      `<text x="${(to + 8).toFixed(1)}" y="${y + 16}">${number(bar.value)}</text>`,
    ].join('\n')
  })
  const summary = bars.map((bar) => `${bar.label} ${number(bar.value)}`).join(', ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeXml(title)}: ${escapeXml(measure)}</title>
<desc>${escapeXml(summary)}</desc>
${style}
<text x="8" y="18" class="strong">${escapeXml(title)}</text>
<text x="8" y="37" class="faint">${escapeXml(measure)}, less is better</text>
${rows.join('\n')}
</svg>
`
}

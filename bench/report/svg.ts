/** What the charts share. Colours that can be read on white and on black; text follows the reader's scheme. */
export const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.strong { font-weight: 600 }
.faint { fill: #656d76 }
.bar { fill: #9aa4ae }
.ours { fill: #2f81f7 }
.spread { stroke: #1f2328; fill: none }
.axis { stroke: #9aa4ae; fill: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .faint { fill: #9198a1 }
  .bar { fill: #6e7681 }
  .spread { stroke: #e6edf3 }
}
</style>`

export const escapeXml = (text: string): string => {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Three significant digits, thousands apart: 0.214, 1.52, 38,600. */
export const number = (value: number): string => {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 100)
    return Number(value.toPrecision(size >= 1000 ? 3 : 4)).toLocaleString('en', { maximumFractionDigits: 0 })
  return String(Number(value.toPrecision(3)))
}

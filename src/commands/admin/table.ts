/** A cell of a table: its text, and the colour that it may be shown in (a number of SGR, ECMA-48). */
export interface Cell {
  readonly text: string
  readonly colour?: number
}

export interface Terminal {
  readonly colours: boolean
  /** How many characters a line may have. */
  readonly width: number
}

const DIM = 2
const GAP = '  '

/** A line below a row that explains it. */
export type Row = { readonly cells: readonly Cell[]; readonly note?: string | undefined }

const paint = ({ text, colour }: Cell, { colours }: Terminal): string =>
  colours && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text

/** A text that fits, with `…` for what was left out. Control characters would move the cursor. */
const fitted = (text: string, width: number): string => {
  const safe = text.replace(/\p{Cc}/gu, '?')
  return safe.length > width ? `${safe.slice(0, Math.max(0, width - 1))}…` : safe
}

/** Lines with aligned columns: the first to the left, as are those named in `left`, all others to the right. */
export const table = (
  head: readonly string[],
  rows: readonly Row[],
  left: readonly string[],
  terminal: Terminal,
): string => {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[at]?.text.length ?? 0)),
  )
  const others = widths.slice(1).reduce((sum, width) => sum + GAP.length + width, 0)
  widths[0] = Math.max(8, Math.min(widths[0] ?? 0, terminal.width - others))
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0
        const text = fitted(cell.text, width)
        const space = ' '.repeat(width - text.length)
        const painted = paint({ ...cell, text }, terminal)
        return at === 0 || left.includes(head[at] ?? '') ? painted + space : space + painted
      })
      .join(GAP)
      .trimEnd()
  const note = (text: string): string => paint({ text: fitted(`${GAP}${text}`, terminal.width), colour: DIM }, terminal)
  return [
    line(head.map((title) => ({ text: title, colour: DIM }))),
    ...rows.flatMap(({ cells, note: text }) => [line(cells), ...(text === undefined ? [] : [note(text)])]),
  ].join('\n')
}

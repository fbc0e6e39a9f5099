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

/** The width of the terminal, and whether it gets colours. A pipe gets whole lines without colours. */
export const terminal = (): Terminal => {
  const { isTTY, columns } = process.stdout
  return { colours: isTTY === true && !process.env.NO_COLOR, width: isTTY ? columns : Number.POSITIVE_INFINITY }
}

const DIM = 2
const GAP = '  '

/** A line below a row that explains it. */
export type Row = { readonly cells: readonly Cell[]; readonly note?: string | undefined }

export const paint = ({ text, colour }: Cell, { colours }: Terminal): string =>
  colours && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text

/** Control characters would move the cursor. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?')

/** A text in lines of at most so many characters, broken between words where that can be. */
export const wrapped = (text: string, width: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of printable(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** A text that fits, with `…` for what was left out. */
const fitted = (text: string, width: number): string => {
  const safe = printable(text)
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
  return [
    line(head.map((title) => ({ text: title, colour: DIM }))),
    ...rows.flatMap(({ cells, note: text }) => [line(cells), ...(text === undefined ? [] : [note(text, terminal)])]),
  ].join('\n')
}

/** A line that explains what is above it. */
export const note = (text: string, terminal: Terminal): string =>
  paint({ text: fitted(`${GAP}${text}`, terminal.width), colour: DIM }, terminal)

import { inCells } from './in-cells.ts'

/** A cell of a table: its text, and the colour that it may be shown in (a number of SGR, ECMA-48). */
export interface Cell {
  readonly text: string
  readonly colour?: number
}

/** A line of the screen, from left to right. */
export type Line = readonly Cell[]

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

/** Whether keys can be read, and a screen be drawn. */
export const isInteractive = (): boolean =>
  process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.TERM !== 'dumb'

const DIM = 2
/** Between two columns. */
export const GAP = '  '

/** A line below a row that explains it. */
export type Row = { readonly cells: readonly Cell[]; readonly note?: string | undefined }

export const paint = ({ text, colour }: Cell, { colours }: Terminal): string =>
  colours && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text

export const paintLine = (line: Line, terminal: Terminal): string =>
  line
    .map((cell) => paint(cell, terminal))
    .join('')
    .trimEnd()

/** A text in lines of at most so many characters, broken between words where that can be. */
export const wrapped = (text: string, width: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of inCells(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** A text that fits, with `…` for what was left out. */
export const fitted = (text: string, width: number): string => {
  const safe = inCells(text)
  return safe.length > width ? `${safe.slice(0, Math.max(0, width - 1))}…` : safe
}

/** The same for a name or an address, of which the end tells as much as the beginning. */
const shortened = (text: string, width: number): string => {
  const safe = inCells(text)
  if (safe.length <= width) return safe
  const end = Math.floor((width - 1) / 2)
  return `${fitted(safe, width - end)}${safe.slice(safe.length - end)}`
}

export interface Column {
  readonly width: number
  readonly side: 'left' | 'right'
}

/** The cells of a row, each on its side of its column. */
export const aligned = (cells: readonly Cell[], columns: readonly Column[]): Line =>
  columns.flatMap(({ width, side }, at) => {
    const cell = cells[at] ?? { text: '' }
    const text = { ...cell, text: shortened(cell.text, width) }
    const space = { text: ' '.repeat(width - text.text.length) }
    return [...(at > 0 ? [{ text: GAP }] : []), ...(side === 'left' ? [text, space] : [space, text])]
  })

/** Lines with aligned columns: the first to the left, as are those named in `left`, all others to the right. */
export const table = (
  head: readonly string[],
  rows: readonly Row[],
  left: readonly string[],
  terminal: Terminal,
): string => {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map(({ cells }) => inCells(cells[at]?.text ?? '').length)),
  )
  const others = widths.slice(1).reduce((sum, width) => sum + GAP.length + width, 0)
  widths[0] = Math.max(8, Math.min(widths[0] ?? 0, terminal.width - others))
  const columns = head.map(
    (title, at): Column => ({
      width: widths[at] ?? 0,
      side: at === 0 || left.includes(title) ? 'left' : 'right',
    }),
  )
  const line = (cells: readonly Cell[]): string => paintLine(aligned(cells, columns), terminal)
  return [
    line(head.map((title) => ({ text: title, colour: DIM }))),
    ...rows.flatMap(({ cells, note: text }) => [line(cells), ...(text === undefined ? [] : [note(text, terminal)])]),
  ].join('\n')
}

/** A line that explains what is above it. */
export const note = (text: string, terminal: Terminal): string =>
  paint({ text: fitted(`${GAP}${text}`, terminal.width), colour: DIM }, terminal)

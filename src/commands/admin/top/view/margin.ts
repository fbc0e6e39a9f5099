import type { Line } from '../../screen/table.ts'

/** To the left of everything. */
export const MARGIN = ' '

export const indented = (line: Line): Line => [{ text: MARGIN }, ...line]

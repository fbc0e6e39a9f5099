/** Numbers as screens show them. */
import { ageText, bytesText, countText } from '../../../dashboard/text/units.ts'
import type { Cell } from './table.ts'

export const count = (value: number): Cell => ({ text: countText(value) })

export const size = (bytes: number): Cell => ({ text: bytesText(bytes) })

/** Bytes per second. */
export const rate = (bytes: number): Cell => (bytes === 0 ? { text: '-' } : size(bytes))

/** In the two largest units. */
export const age = ageText

import { z } from 'zod'
import { show } from '../problems/show.ts'

const MODE = /^0?[0-7]{3}$/
const EXAMPLES = 'an octal mode in quotes, such as "0660"'

interface Complaint {
  readonly input?: unknown
}

const notMode = ({ input }: Complaint): string => {
  if (typeof input === 'number' && MODE.test(String(input))) return `${input} is a number; write ${modesFor(input)}`
  return `${show(input)} is not valid here; write ${EXAMPLES}`
}

/** YAML reads 0660 as the number 660, and 0o660 as 432. */
const modesFor = (input: number): string => {
  const octal = input.toString(8)
  return MODE.test(octal) ? `"0${octal}" for 0o${octal}, or "0${input}", in quotes` : `"0${input}" in quotes`
}

/** The permission bits of a file as a number. */
export const octalMode = () =>
  z
    .string({ error: notMode })
    .regex(MODE, { error: notMode })
    .meta({ title: 'octal mode' })
    .transform((text) => Number.parseInt(text, 8))

/** The section of the config about the files of unix sockets. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'
import { show } from '../problems/show.ts'

const MODE = /^0?[0-7]{3}$/
const MODE_EXAMPLES = 'an octal mode in quotes, such as "0660"'
const GROUP = /^(?:[A-Za-z_][\w.-]*\$?|\d{1,10})$/
const GROUP_EXAMPLES = 'the name of a group, such as www-data, or its number'

interface Complaint {
  readonly input?: unknown
}

const notMode = ({ input }: Complaint): string => {
  if (typeof input === 'number' && MODE.test(String(input))) return `${input} is a number; write ${modesFor(input)}`
  return `${show(input)} is not valid here; write ${MODE_EXAMPLES}`
}

/** YAML reads 0660 as the number 660, and 0o660 as 432. */
const modesFor = (input: number): string => {
  const octal = input.toString(8)
  return MODE.test(octal) ? `"0${octal}" for 0o${octal}, or "0${input}", in quotes` : `"0${input}" in quotes`
}

const notGroup = ({ input }: Complaint): string => `${show(input)} is not valid here; write ${GROUP_EXAMPLES}`

/** The permission bits as a number. */
const mode = () =>
  z
    .string({ error: notMode })
    .regex(MODE, { error: notMode })
    .meta({ title: 'octal mode' })
    .transform((text) => Number.parseInt(text, 8))

/** Its name, or its number as text. */
const group = () => {
  const error = notGroup
  const name = z.string({ error }).regex(GROUP, { error }).meta({ title: 'group' })
  return field.either([name, z.int({ error }).nonnegative({ error })], GROUP_EXAMPLES).transform(String)
}

export const unixSection = field.section({
  mode: mode().prefault('0660').describe('The permissions of the socket’s file; connecting needs write permission.'),
  group: z.exactOptional(group()).describe('The group of the socket’s file; without it, the group of the process.'),
})

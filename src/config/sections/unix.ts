/** The section of the config about the files of unix sockets. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'
import { octalMode } from '../fields/octal-mode.ts'
import { show } from '../problems/show.ts'

const NAME = /^(?:[A-Za-z_][\w.-]*\$?|\d{1,10})$/
const EXAMPLES = {
  owner: 'the name of a user, such as www-data, or its number',
  group: 'the name of a group, such as www-data, or its number',
} as const

interface Complaint {
  readonly input?: unknown
}

/** Its name, or its number as text. */
const account = (kind: keyof typeof EXAMPLES) => {
  const error = ({ input }: Complaint): string => `${show(input)} is not valid here; write ${EXAMPLES[kind]}`
  const name = z
    .string({ error })
    .regex(NAME, { error })
    .meta({ title: kind === 'owner' ? 'user' : 'group' })
  return field.either([name, z.int({ error }).nonnegative({ error })], EXAMPLES[kind]).transform(String)
}

export const unixSection = field.section({
  mode: octalMode()
    .prefault('0660')
    .describe('The permissions of the socket’s file; connecting needs write permission.'),
  owner: z
    .exactOptional(account('owner'))
    .describe('The user who owns the socket’s file, which only root may set; without it, the user of the process.'),
  group: z
    .exactOptional(account('group'))
    .describe('The group of the socket’s file; without it, the group of the process.'),
})

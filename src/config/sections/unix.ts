/** The section of the config about the files of unix sockets. */
import { z } from 'zod'
import * as field from '../fields/fields.ts'
import { octalMode } from '../fields/octal-mode.ts'
import { show } from '../problems/show.ts'

const GROUP = /^(?:[A-Za-z_][\w.-]*\$?|\d{1,10})$/
const GROUP_EXAMPLES = 'the name of a group, such as www-data, or its number'

interface Complaint {
  readonly input?: unknown
}

const notGroup = ({ input }: Complaint): string => `${show(input)} is not valid here; write ${GROUP_EXAMPLES}`

/** Its name, or its number as text. */
const group = () => {
  const error = notGroup
  const name = z.string({ error }).regex(GROUP, { error }).meta({ title: 'group' })
  return field.either([name, z.int({ error }).nonnegative({ error })], GROUP_EXAMPLES).transform(String)
}

export const unixSection = field.section({
  mode: octalMode()
    .prefault('0660')
    .describe('The permissions of the socket’s file; connecting needs write permission.'),
  group: z.exactOptional(group()).describe('The group of the socket’s file; without it, the group of the process.'),
})

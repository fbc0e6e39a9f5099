import { readFileSync } from 'node:fs'
import { StartFailed } from '../exit.ts'

/** group(5): `name:password:number:members` */
const GROUPS_FILE = '/etc/group'

/**
 * The number of a group, given as its name or as its number. Node has no getgrnam(3): a group that only a directory
 * service knows is given by its number.
 *
 * @throws {StartFailed} if there is no such group
 */
export const groupIdOf = (listener: string, group: string): number => {
  if (/^\d+$/.test(group)) return Number(group)
  const line = groups().find((text) => text.startsWith(`${group}:`))
  const number = line?.split(':')[2]
  if (number) return Number(number)
  throw new StartFailed(`listener ${listener}: ${GROUPS_FILE} has no group ${group}; write another, or its number`)
}

const groups = (): string[] => {
  try {
    return readFileSync(GROUPS_FILE, 'utf8').split('\n')
  } catch {
    return []
  }
}

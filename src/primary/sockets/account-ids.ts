import { readFileSync } from 'node:fs'
import { StartFailed } from '../exit.ts'

/** passwd(5) and group(5): `name:password:number:…` */
const FILES = { user: '/etc/passwd', group: '/etc/group' } as const

/**
 * The number of a user or a group, given as its name or as its number. Node has no getpwnam(3): who is known only to a
 * directory service is given by the number.
 *
 * @throws {StartFailed} if there is none of that name
 */
export const accountId = (listener: string, kind: keyof typeof FILES, account: string): number => {
  if (/^\d+$/.test(account)) return Number(account)
  const line = linesOf(FILES[kind]).find((text) => text.startsWith(`${account}:`))
  const number = line?.split(':')[2]
  if (number) return Number(number)
  throw new StartFailed(`listener ${listener}: ${FILES[kind]} has no ${kind} ${account}; write another, or its number`)
}

const linesOf = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

import { statSync } from 'node:fs'
import type { AdminConfig } from '../../config/schema.ts'

const GROUP_READS = 0o040
const ALL_READ = 0o004

/**
 * A warning if more users than it needs may read the token's file. It is no error: container platforms mount secrets so.
 * Where the file is another user's, such as root's, its group is how this process may read it.
 */
export const tokenReadersWarning = ({ tokenFile }: AdminConfig): string | undefined => {
  const found = tokenFile === undefined ? undefined : statSync(tokenFile, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  const tooMuch = ALL_READ | (found.uid === process.geteuid?.() ? GROUP_READS : 0)
  if ((found.mode & tooMuch) === 0) return undefined
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0')
  return `others than its owner may read the admin's token: ${tokenFile} has mode ${mode}; give it mode 0600`
}

import { statSync } from 'node:fs'
import type { Config } from '../schema.ts'

const GROUP_READS = 0o040
const ALL_READ = 0o004

/**
 * Says so if users who need not read the admin's token may do so. It is no error: container platforms mount secrets like
 * that. Where the file is another user's, such as root's, its group is how this process may read it.
 */
export const doubtAboutTokenReaders = ({ admin }: Pick<Config, 'admin'>): string | undefined => {
  const path = admin === 'off' ? undefined : admin.tokenFile
  const found = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  const tooMuch = ALL_READ | (found.uid === process.geteuid?.() ? GROUP_READS : 0)
  if ((found.mode & tooMuch) === 0) return undefined
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0')
  return `admin.tokenFile: others than its owner may read ${path}, which has mode ${mode}; give it mode 0600`
}

import type { Finding } from '../problems/problem.ts'
import type { Config } from '../schema.ts'
import { readTextFile } from '../yaml/text-file.ts'
import { AdminToken, isTokenText } from './admin-token.ts'

/** Shorter ones can be guessed. */
const SHORTEST = 16
/** Longer ones leave no room for the other headers of a request. */
const LONGEST = 1024
const MAKE_ONE = 'make one with: openssl rand -hex 32'

/** The config with the token that its file holds, or why that is none. No message has a part of the token. */
export const withAdminToken = (config: Config): { config: Config } | { wrong: Finding } => {
  const { admin } = config
  if (admin === 'off' || admin.tokenFile === undefined) return { config }
  const read = readTokenFile(admin.tokenFile)
  // The path is not repeated: it may be the token itself, written here by mistake.
  if ('wrong' in read) return { wrong: { path: ['admin', 'tokenFile'], at: 'value', message: read.wrong } }
  return { config: { ...config, admin: { ...admin, token: read.token } } }
}

const readTokenFile = (path: string): { token: AdminToken } | { wrong: string } => {
  const read = readTextFile(path)
  if ('wrong' in read) return read
  // Editors and `echo` end a file with a line break.
  const text = read.text.trimEnd()
  const wrong = mistakeIn(text)
  return wrong === undefined ? { token: new AdminToken(text) } : { wrong }
}

const mistakeIn = (text: string): string | undefined => {
  if (text === '') return `this file is empty; write a token into it, and nothing else: ${MAKE_ONE}`
  if (!isTokenText(text)) {
    return `this is not one word of ASCII characters, as a token is; ${MAKE_ONE}`
  }
  if (text.length < SHORTEST) return `this token has fewer than ${SHORTEST} characters; ${MAKE_ONE}`
  if (text.length > LONGEST) return `this token has more than ${LONGEST} characters; ${MAKE_ONE}`
  return undefined
}

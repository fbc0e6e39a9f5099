/** Files of networks: one a line, with comments after `#`. */
import type { Problem } from '../problems/problem.ts'
import { readTextFile } from '../yaml/text-file.ts'
import { type Network, readNetwork } from './network.ts'

/** More than two million networks. */
const MOST_MIB = 64
/** A file of another kind is wrong in each of its lines: so many are shown, the others counted. */
const MOST_PROBLEMS = 20

/**
 * Reads a file, or returns why it cannot be read, or what is wrong with its lines. Without all of its networks nothing may
 * be decided: to leave one out could admit a client that is to be denied.
 */
export const readNetworkFile = (
  path: string,
): { networks: Network[] } | { problems: Problem[] } | { wrong: string } => {
  const read = readTextFile(path, MOST_MIB)
  if ('wrong' in read) return read
  const networks: Network[] = []
  const problems: Problem[] = []
  let further = 0
  for (const [index, line] of read.text.split('\n').entries()) {
    const comment = line.indexOf('#')
    const text = (comment < 0 ? line : line.slice(0, comment)).trim()
    if (text === '') continue
    const network = readNetwork(text)
    if (!('wrong' in network)) networks.push(network)
    else if (problems.length === MOST_PROBLEMS) further += 1
    else {
      const column = line.indexOf(text) + 1
      problems.push({ source: path, path: '', line: index + 1, column, message: network.wrong })
    }
  }
  const beyond = further === 1 ? '1 further line is' : `${further} further lines are`
  if (further > 0) problems.push({ source: path, path: '', message: `${beyond} wrong too` })
  return problems.length > 0 ? { problems } : { networks }
}

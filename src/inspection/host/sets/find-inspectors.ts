import { readFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { contentHash } from '../../../config/content-hash.ts'
import { builtinName } from '../../../config/fields/builtin.ts'
import type { InspectorConfig } from '../../../config/schema.ts'
import type { InspectorSource } from '../../shared/messages.ts'
import { builtinUrl } from '../threads/thread-file.ts'
import { type InspectorProblem, type InspectorSources, InspectorsWrong } from './inspector-set.ts'

/** Of a config, what inspection needs of a listener. */
export interface InspectedListener {
  readonly name: string
  readonly inspect: readonly InspectorConfig[]
}

/**
 * Finds the files of all inspectors and the content that they have now.
 *
 * @throws {InspectorsWrong} if some cannot be read
 */
export const findInspectors = async (listeners: readonly InspectedListener[]): Promise<InspectorSources> => {
  const problems: InspectorProblem[] = []
  const found: Record<string, readonly InspectorSource[]> = {}
  for (const { name, inspect } of listeners) {
    const sources: InspectorSource[] = []
    for (const [index, config] of inspect.entries()) {
      const url = urlOf(config.use)
      try {
        sources.push({ config, url, contentHash: contentHash(await readFile(fileURLToPath(url))) })
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        const what = code === 'ENOENT' ? 'there is no such file' : `it cannot be read: ${message}`
        problems.push({ listener: name, index, message: `${what}: ${fileURLToPath(url)}` })
      }
    }
    if (inspect.length > 0) found[name] = sources
  }
  if (problems.length > 0) throw new InspectorsWrong(problems)
  return found
}

const urlOf = (use: string): string => {
  const builtin = builtinName(use)
  return builtin === undefined ? pathToFileURL(use).href : builtinUrl(builtin)
}

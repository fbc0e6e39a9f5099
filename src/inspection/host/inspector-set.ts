import { readFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { InspectorConfig } from '../../config/schema.ts'
import type { Loaded, LoadProblem, Wanted } from '../shared/messages.ts'
import { versionOf } from '../thread/load-module.ts'
import { builtinUrl } from './thread-file.ts'

/** Of a config, what inspection needs of a listener. */
export interface InspectedListener {
  readonly name: string
  readonly inspect: readonly InspectorConfig[]
}

/** An inspector of a listener, in one version, as the main thread sees it. */
export interface InspectorPlan {
  /** Unique among those of the listener: `match`, `match-2`. */
  readonly name: string
  readonly version: string
  readonly directions: InspectorConfig['directions']
  readonly timeoutMs: number
  readonly onFailure: InspectorConfig['onFailure']
  readonly hasEnd: boolean
}

/** One version of all inspectors, by listener. */
export interface Version {
  /** Counts the versions of a worker. */
  readonly number: number
  readonly wanted: Readonly<Record<string, readonly Wanted[]>>
}

/** By listener, in order. */
export type Plans = ReadonlyMap<string, readonly InspectorPlan[]>

/** A version that was loaded: what new connections begin with, until the next one is. */
export interface Generation extends Version {
  readonly plans: Plans
}

/** What is wrong with the inspector at `inspect[index]` of a listener. */
export interface InspectorProblem extends LoadProblem {
  readonly listener: string
  readonly index: number
}

/** Inspectors that cannot be used. */
export class InspectorsWrong extends Error {
  override readonly name = 'InspectorsWrong'
  readonly problems: readonly InspectorProblem[]

  constructor(problems: readonly InspectorProblem[]) {
    super(
      problems
        .map(({ listener, index, message }) => `listener "${listener}", inspect[${index}]: ${message}`)
        .join('; '),
    )
    this.problems = problems
  }
}

/**
 * Finds the files of all inspectors and the versions that they have now.
 *
 * @throws {InspectorsWrong} if some cannot be read
 */
export const findInspectors = async (listeners: readonly InspectedListener[]): Promise<Version['wanted']> => {
  const problems: InspectorProblem[] = []
  const found: Record<string, Wanted[]> = {}
  for (const { name, inspect } of listeners) {
    const wanted: Wanted[] = []
    for (const [index, config] of inspect.entries()) {
      const url = urlOf(config.use)
      try {
        wanted.push({ config, url, version: versionOf(await readFile(fileURLToPath(url))) })
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        const what = code === 'ENOENT' ? 'there is no such file' : `it cannot be read: ${message}`
        problems.push({ listener: name, index, message: `${what}: ${fileURLToPath(url)}` })
      }
    }
    if (inspect.length > 0) found[name] = wanted
  }
  if (problems.length > 0) throw new InspectorsWrong(problems)
  return found
}

const urlOf = (use: string): string =>
  use.startsWith('builtin:') ? builtinUrl(use.slice('builtin:'.length)) : pathToFileURL(use).href

/**
 * Makes the plans of what a thread has loaded.
 *
 * @throws {InspectorsWrong} if some were not loaded
 */
export const plansOf = (wanted: Version['wanted'], loaded: Readonly<Record<string, readonly Loaded[]>>): Plans => {
  const problems: InspectorProblem[] = []
  const plans = new Map<string, readonly InspectorPlan[]>()
  for (const [listener, ones] of Object.entries(wanted)) {
    const taken = new Map<string, number>()
    plans.set(
      listener,
      ones.flatMap(({ config, version }, index): InspectorPlan[] => {
        const result = loaded[listener]?.[index] ?? { problems: [{ message: 'it was not loaded' }] }
        if ('problems' in result) {
          problems.push(...result.problems.map((problem) => ({ listener, index, ...problem })))
          return []
        }
        const times = (taken.get(result.name) ?? 0) + 1
        taken.set(result.name, times)
        const name = times === 1 ? result.name : `${result.name}-${times}`
        const { directions, timeoutMs, onFailure } = config
        return [{ name, version, directions, timeoutMs, onFailure, hasEnd: result.hasEnd }]
      }),
    )
  }
  if (problems.length > 0) throw new InspectorsWrong(problems)
  return plans
}

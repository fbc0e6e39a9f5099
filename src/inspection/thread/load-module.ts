/** Loads inspectors: runs only in threads, for a module may do anything while it loads. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { contentHash } from '../../config/content-hash.ts'
import { isName } from '../../config/fields/fields.ts'
import { type AnyInspector, optionsOf } from '../api/define-inspector.ts'
import { describeThrown } from '../shared/describe-thrown.ts'
import type { InspectorSource, LoadProblem } from '../shared/messages.ts'

export type ModuleResult =
  | { readonly inspector: AnyInspector; readonly name: string; readonly hasEnd: boolean; readonly options: unknown }
  | { readonly problems: readonly LoadProblem[] }

/** Never rejects: what is wrong with the module or its options is in the answer. */
export const loadModule = async ({ url, contentHash: wanted, config }: InspectorSource): Promise<ModuleResult> => {
  try {
    const content = await readFile(fileURLToPath(url))
    if (contentHash(content) !== wanted) return wrong('the file has changed since it was last loaded; load it again')
    // Modules are kept by their URL: another version needs another one.
    const module: { default?: unknown } = await import(`${url}?version=${wanted}`)
    if (!isInspector(module.default)) return wrong(`its default export is no inspector: ${lacks(module.default)}`)
    return withOptions(module.default, config.options)
  } catch (error) {
    return wrong(`it does not load: ${describeThrown(error).message}`)
  }
}

const withOptions = (inspector: AnyInspector, written: unknown): ModuleResult => {
  const parsed = optionsOf(inspector).safeParse(written)
  if (parsed.success) {
    return { inspector, name: inspector.name, hasEnd: inspector.end !== undefined, options: parsed.data }
  }
  return {
    problems: parsed.error.issues.map(({ path, message }) => ({
      optionPath: path.map((step) => (typeof step === 'number' ? step : String(step))),
      message: `the inspector "${inspector.name}" refuses this: ${message}`,
    })),
  }
}

const wrong = (message: string): ModuleResult => ({ problems: [{ message }] })

const isInspector = (value: unknown): value is AnyInspector => lacks(value) === ''

/** Describes what an inspector lacks, for its author; empty if it lacks nothing. */
const lacks = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return 'write `export default defineInspector({ … })`'
  const given = value as Partial<Record<keyof AnyInspector, unknown>>
  if (!isName(given.name)) return '`name` must be 1 to 64 letters, digits, dots, hyphens and underscores'
  if (typeof given.chunk !== 'function') return '`chunk` must be a function'
  for (const name of ['open', 'end', 'close'] as const) {
    if (given[name] !== undefined && typeof given[name] !== 'function') return `\`${name}\` must be a function`
  }
  const options = given.options as { safeParse?: unknown } | undefined
  if (options !== undefined && typeof options?.safeParse !== 'function') return '`options` must be a zod schema'
  return ''
}

import type { Finding, Path } from '../problems/problem.ts'
import type { InspectorConfig } from '../schema.ts'
import { get, list } from '../written.ts'
import { inspector } from './inspect.ts'

/** What is checked by loading or creating it, once the schema accepts it. */
export interface LoadableParts {
  readonly inspectors: readonly WrittenInspector[]
  readonly logFile: string | undefined
}

export interface WrittenInspector {
  readonly path: Path
  readonly config: InspectorConfig
}

/** The loadable parts of a written config that may be wrong: those in which nothing is wrong so far. */
export const loadableParts = (written: unknown, findings: readonly Finding[]): LoadableParts => {
  const isWrong = (path: Path): boolean =>
    findings.some((finding) => path.every((step, index) => finding.path[index] === step))
  const logFile = get(get(written, 'log'), 'file')
  return {
    inspectors: list(written, 'listeners').flatMap((listener, place) =>
      list(listener, 'inspect').flatMap((item, index) => {
        const path = ['listeners', place, 'inspect', index]
        const parsed = isWrong(path) ? undefined : inspector.safeParse(item)
        return parsed?.success ? [{ path, config: parsed.data }] : []
      }),
    ),
    logFile: typeof logFile === 'string' && !isWrong(['log', 'file']) ? logFile : undefined,
  }
}

import type { Finding, Path } from '../problems/problem.ts'
import type { InspectorConfig } from '../schema.ts'
import { get, list } from '../written.ts'
import { inspector } from './inspect.ts'

/** What is checked by loading or creating it, once the schema accepts it. */
export interface LoadableParts {
  readonly inspectors: readonly WrittenInspector[]
  readonly logFiles: readonly WrittenFile[]
}

export interface WrittenFile {
  readonly path: Path
  readonly file: string
}

export interface WrittenInspector {
  readonly path: Path
  readonly config: InspectorConfig
}

/** The loadable parts of a written config that may be wrong: those in which nothing is wrong so far. */
export const loadableParts = (written: unknown, findings: readonly Finding[]): LoadableParts => {
  const isWrong = (path: Path): boolean =>
    findings.some((finding) => path.every((step, index) => finding.path[index] === step))
  const log = get(written, 'log')
  const logFiles = [
    { path: ['log', 'file'], file: get(log, 'file') },
    { path: ['log', 'access', 'file'], file: get(get(log, 'access'), 'file') },
  ]
  return {
    inspectors: list(written, 'listeners').flatMap((listener, place) =>
      list(listener, 'inspect').flatMap((item, index) => {
        const path = ['listeners', place, 'inspect', index]
        const parsed = isWrong(path) ? undefined : inspector.safeParse(item)
        return parsed?.success ? [{ path, config: parsed.data }] : []
      }),
    ),
    logFiles: logFiles.flatMap(({ path, file }) =>
      typeof file === 'string' && !isWrong(path) ? [{ path, file }] : [],
    ),
  }
}

import { posix } from 'node:path'

/** One import, static or dynamic, from one file of src to another, or to a package. */
export interface Import {
  readonly from: string
  /** Relative to src if it is ours, else as it is written. */
  readonly to: string
  readonly isOurs: boolean
  /** It is gone at run time. */
  readonly typesOnly: boolean
}

/** `import … from '…'` and `export … from '…'`, over several lines; `import '…'`; `import('…')`. */
const STATEMENT = /^(?:import|export)\s([^'"`;]*?)\sfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gms

/** The house style writes every import so that this finds it: single quotes, one statement at the begin of a line. */
export const importsOf = (from: string, source: string): Import[] =>
  [...source.matchAll(STATEMENT)].map(([, what = '', named, bare, dynamic]) => {
    const target = named ?? bare ?? dynamic ?? ''
    const isOurs = target.startsWith('.')
    const to = isOurs ? posix.join(posix.dirname(from), target) : target
    return { from, to, isOurs, typesOnly: named !== undefined && isTypesOnly(what) }
  })

const isTypesOnly = (what: string): boolean => {
  if (/^type\s/.test(what)) return true
  const names = /^\{(.*)\}$/s.exec(what.trim())?.[1]
  if (names === undefined) return false
  return names.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
}

/** Every circle of imports, types included, as the files on the way round. */
export const cyclesIn = (imports: readonly Import[]): string[] => {
  const targets = new Map<string, string[]>()
  for (const { from, to, isOurs } of imports) if (isOurs) targets.set(from, [...(targets.get(from) ?? []), to])
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, way: readonly string[]): void => {
    const begin = way.indexOf(file)
    if (begin >= 0) found.push([...way.slice(begin), file].join(' → '))
    if (begin >= 0 || done.has(file)) return
    for (const target of targets.get(file) ?? []) visit(target, [...way, file])
    done.add(file)
  }
  for (const file of targets.keys()) visit(file, [])
  return found
}

import { posix } from 'node:path'

/** One import, static or dynamic, from one file of src to another, or to a package. */
export interface Import {
  readonly from: string
  /** Relative to src if it is ours, else as it is written. */
  readonly to: string
  readonly isOurs: boolean
  /** It is gone at run time. */
  readonly typesOnly: boolean
  /** `import('…')`: it is loaded when it is needed, and may fail then. */
  readonly isDynamic: boolean
}

/** `import … from '…'` and `export … from '…'`, over several lines; `import '…'`; `import('…')`. */
const STATEMENT = /^(?:import|export)\s([^'"`;]*?)\sfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gms

/** The house style writes every import so that this finds it: single quotes, one statement at the begin of a line. */
export const importsOf = (from: string, source: string): Import[] =>
  [...source.matchAll(STATEMENT)].map(([, what = '', named, bare, dynamic]) => {
    const target = named ?? bare ?? dynamic ?? ''
    const isOurs = target.startsWith('.')
    const to = isOurs ? posix.join(posix.dirname(from), target) : target
    const typesOnly = named !== undefined && isTypesOnly(what)
    return { from, to, isOurs, typesOnly, isDynamic: dynamic !== undefined }
  })

const isTypesOnly = (what: string): boolean => {
  if (/^type\s/.test(what)) return true
  const names = /^\{(.*)\}$/s.exec(what.trim())?.[1]
  if (names === undefined) return false
  return names.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '))
}

/** The way from a file to a package by imports that are loaded at once; undefined if there is none. */
export const wayTo = (wanted: string, from: string, imports: readonly Import[]): readonly string[] | undefined => {
  const ways: (readonly string[])[] = [[from]]
  const seen = new Set([from])
  for (const way of ways) {
    for (const each of imports) {
      if (each.from !== way.at(-1) || each.typesOnly || each.isDynamic || seen.has(each.to)) continue
      if (each.to === wanted) return [...way, wanted]
      seen.add(each.to)
      ways.push([...way, each.to])
    }
  }
  return undefined
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

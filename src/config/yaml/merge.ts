/**
 * Merge keys: `<<: *name` gives a mapping the keys of another that it does not have itself (yaml.org/type/merge.html).
 * YAML 1.2 has dropped them, but people still write them.
 */
import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml'
import type { Path } from '../problems/problem.ts'
import { keyOf } from './nodes.ts'

export interface MergeProblem {
  readonly pair: Pair
  readonly path: Path
  readonly message: string
}

/** As many nodes as the largest text can have; mappings that are merged several times count each time. */
const MOST_NODES = 200_000

export const isMergeKey = ({ key }: Pair): boolean => isScalar(key) && key.type === 'PLAIN' && key.value === '<<'

/** Replaces each merge key by the pairs that it stands for, and returns the problems with those that cannot be replaced. */
export const expandMerges = (document: Document): MergeProblem[] => {
  const problems: MergeProblem[] = []
  const around = new Set<unknown>()
  // `Alias.resolve` would walk over the whole document, including pairs that were already merged.
  const anchors = new Map<string, unknown>()

  const expand = (node: unknown, path: Path): void => {
    if (isCollection(node) && node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isSeq(node)) for (const [index, item] of node.items.entries()) expand(item, [...path, index])
    if (!isMap(node)) return
    around.add(node)
    for (const pair of node.items) expand(pair.value, [...path, keyOf(pair)])
    const taken = new Set(node.items.filter((pair) => !isMergeKey(pair)).map(keyOf))
    node.items = node.items.flatMap((pair) => (isMergeKey(pair) ? pairsFor(pair, path, taken) : [pair]))
    around.delete(node)
  }

  const pairsFor = (pair: Pair, path: Path, taken: Set<string>): Pair[] =>
    sourcesOf(pair.value, anchors).flatMap((source) => {
      const message = isMap(source) ? (around.has(source) ? MERGES_ITSELF : undefined) : NO_MAPPING
      if (message !== undefined) problems.push({ pair, path: [...path, '<<'], message })
      return message === undefined ? untaken(source as YAMLMap, taken) : []
    })

  expand(document.contents, [])
  return problems
}

const NO_MAPPING = '<< takes the keys of another mapping; write <<: *name, or a list such as <<: [*one, *other]'
const MERGES_ITSELF = 'this mapping merges itself; name another one'

const sourcesOf = (value: unknown, anchors: ReadonlyMap<string, unknown>): unknown[] => {
  const resolve = (node: unknown): unknown => (isAlias(node) ? anchors.get(node.source) : node)
  const resolved = resolve(value)
  return isSeq(resolved) ? resolved.items.map(resolve) : [resolved]
}

/** If several sources have a key, the first one counts. */
const untaken = (source: YAMLMap, taken: Set<string>): Pair[] =>
  source.items.filter((pair) => {
    const key = keyOf(pair)
    if (taken.has(key)) return false
    taken.add(key)
    return true
  })

/** Whether merges of merges have expanded a small text into a large value. */
export const isTooMuch = (document: Document): boolean => weigh(document.contents, new Map()) > MOST_NODES

const weigh = (node: unknown, known: Map<unknown, number>): number => {
  if (!isMap(node) && !isSeq(node)) return 1
  const before = known.get(node)
  if (before !== undefined) return before
  const children = isMap(node) ? node.items.map(({ value }) => value) : node.items
  const weight = children.reduce<number>((sum, child) => sum + weigh(child, known), 1)
  known.set(node, weight)
  return weight
}

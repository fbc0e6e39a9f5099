/** Maps the parts of a plain value back to their nodes in the YAML document. */
import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml'
import type { Finding, Path } from '../problems/problem.ts'

export interface Visitor {
  alias(alias: Alias, path: Path): void
  /** An item of a list. */
  item(item: unknown): void
  /** A key that its mapping already has, at the offset `first`. */
  duplicate(offset: number, path: Path, first: number): void
}

/** Visits every node once, without following aliases. */
export const walk = (node: unknown, path: Path, visitor: Visitor): void => {
  if (isAlias(node)) visitor.alias(node, path)
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      visitor.item(item)
      walk(item, [...path, index], visitor)
    }
  }
  if (!isMap(node)) return
  const firstAt = new Map<string, number>()
  for (const pair of node.items) {
    const key = keyOf(pair)
    const offset = offsetOfNode(pair.key) ?? 0
    const first = firstAt.get(key)
    if (first === undefined) firstAt.set(key, offset)
    else visitor.duplicate(offset, [...path, key], first)
    walk(pair.key, path, visitor)
    walk(pair.value, [...path, key], visitor)
  }
}

/** The offset of the node that a finding is about, or of the innermost existing node around it. */
export const offsetOf = (document: Document, { path, at }: Finding): number => {
  let node: unknown = document.contents
  let offset = offsetOfNode(node) ?? 0
  for (const [depth, step] of path.entries()) {
    const around = isAlias(node) ? node.resolve(document) : node
    if (isSeq(around)) node = around.items[Number(step)]
    else if (isMap(around)) {
      const pair = lastPair(around, String(step))
      if (pair === undefined) return offset
      node = pair.value
      offset = offsetOfNode(pair.key) ?? offset
      if (at === 'key' && depth === path.length - 1) return offset
    } else return offset
    offset = offsetOfNode(node) ?? offset
  }
  return offset
}

/** If keys are equal the last one counts. */
const lastPair = (map: YAMLMap, key: string): Pair | undefined => {
  let pairs = pairsOf.get(map)
  if (pairs === undefined) {
    pairs = new Map(map.items.map((pair) => [keyOf(pair), pair]))
    pairsOf.set(map, pairs)
  }
  return pairs.get(key)
}

/** A cache: a mapping with thousands of unknown keys is searched for each of them. */
const pairsOf = new WeakMap<YAMLMap, Map<string, Pair>>()

/** Keys are texts: the parser refuses other keys. */
export const keyOf = ({ key }: Pair): string => (isScalar(key) ? String(key.value) : '')

export const offsetOfNode = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined)

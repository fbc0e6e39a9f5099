import type { Network, Range } from './network.ts'

/** A set of addresses: ranges in order, which do not overlap. */
export interface NetworkSet {
  readonly ipv4: readonly Range<number>[]
  readonly ipv6: readonly Range<bigint>[]
}

export const EVERY_ADDRESS: NetworkSet = {
  ipv4: [{ first: 0, last: 2 ** 32 - 1 }],
  ipv6: [{ first: 0n, last: 2n ** 128n - 1n }],
}

export const setOf = (networks: readonly Network[]): NetworkSet => ({
  ipv4: joined(inOrder(networks.flatMap((network) => ('ipv4' in network ? [network.ipv4] : [])))),
  ipv6: joined(networks.flatMap((network) => ('ipv6' in network ? [network.ipv6] : [])).toSorted(byFirst)),
})

/** What is in the first set and not in the second. */
export const without = (set: NetworkSet, removed: NetworkSet): NetworkSet => ({
  ipv4: difference(set.ipv4, removed.ipv4, 1),
  ipv6: difference(set.ipv6, removed.ipv6, 1n),
})

/** As `byFirst`, but of 100,000 in a tenth of the time: each is one number, its first address and then its length. */
const inOrder = (ranges: readonly Range<number>[]): Range<number>[] => {
  const numbers = Float64Array.from(ranges, ({ first, last }) => first * 64 + 32 - Math.log2(last - first + 1)).sort()
  return Array.from(numbers, (number) => {
    const first = Math.floor(number / 64)
    return { first, last: first + 2 ** (32 - (number % 64)) - 1 }
  })
}

/** Of networks in order. One is inside of the other or apart from it, so no two overlap in part. */
const joined = <Value extends number | bigint>(ranges: readonly Range<Value>[]): Range<Value>[] => {
  const result: Range<Value>[] = []
  let last: Value | undefined
  for (const range of ranges) {
    if (last !== undefined && range.first <= last) continue
    result.push(range)
    last = range.last
  }
  return result
}

/** The widest of those that begin together comes first. */
const byFirst = <Value extends number | bigint>(one: Range<Value>, other: Range<Value>): number => {
  if (one.first !== other.first) return one.first < other.first ? -1 : 1
  return one.last > other.last ? -1 : 1
}

const difference = <Value extends number | bigint>(
  ranges: readonly Range<Value>[],
  removed: readonly Range<Value>[],
  one: Value,
): Range<Value>[] => {
  const result: Range<Value>[] = []
  let next = 0
  for (const { first, last } of ranges) {
    let from = first
    while (next < removed.length && (removed[next] as Range<Value>).last < first) next += 1
    for (let at = next; from <= last; at++) {
      const hole = removed[at]
      if (hole === undefined || hole.first > last) {
        result.push({ first: from, last })
        break
      }
      if (hole.first > from) result.push({ first: from, last: minus(hole.first, one) })
      from = plus(hole.last, one)
    }
  }
  return result
}

// TypeScript has no arithmetic on `number | bigint`, though both sides are of one kind.
const plus = <Value extends number | bigint>(value: Value, one: Value): Value =>
  ((value as number) + (one as number)) as Value
const minus = <Value extends number | bigint>(value: Value, one: Value): Value =>
  ((value as number) - (one as number)) as Value

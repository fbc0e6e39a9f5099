import type { NetworkSet } from './network-set.ts'

/**
 * A set of addresses as plain numbers: cheap to clone into another process, and to search. Each range is its first and its
 * last address; the ranges are in order and do not overlap.
 */
export interface NetworkTable {
  /** Two numbers per range. */
  readonly ipv4: Uint32Array
  /** Eight numbers per range: an address is four, the most significant first. */
  readonly ipv6: Uint32Array
}

export const tableOf = ({ ipv4, ipv6 }: NetworkSet): NetworkTable => ({
  ipv4: ipv4Numbers(ipv4),
  ipv6: ipv6Numbers(ipv6.flatMap(({ first, last }) => [first, last])),
})

const ipv4Numbers = (ranges: NetworkSet['ipv4']): Uint32Array => {
  const numbers = new Uint32Array(ranges.length * 2)
  for (const [index, { first, last }] of ranges.entries()) {
    numbers[2 * index] = first
    numbers[2 * index + 1] = last
  }
  return numbers
}

const ipv6Numbers = (addresses: readonly bigint[]): Uint32Array => {
  const numbers = new Uint32Array(addresses.length * 4)
  for (const [index, address] of addresses.entries()) {
    for (let group = 0; group < 4; group++)
      numbers[index * 4 + group] = Number((address >> BigInt(96 - 32 * group)) & GROUP)
  }
  return numbers
}

const GROUP = 0xffffffffn

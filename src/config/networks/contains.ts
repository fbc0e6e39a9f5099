import type { IpAddress } from './ip-address.ts'
import type { NetworkTable } from './network-table.ts'

/** Whether the address is in one of the table's ranges: a binary search for the last one that does not begin after it. */
export const contains = (table: NetworkTable, address: IpAddress): boolean =>
  address.family === 4 ? containsIpv4(table.ipv4, address.ipv4) : containsIpv6(table.ipv6, address.ipv6)

export const containsIpv4 = (ranges: Uint32Array, address: number): boolean => {
  let low = 0
  let high = ranges.length >>> 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ranges[2 * middle] as number) <= address) low = middle + 1
    else high = middle
  }
  return low > 0 && address <= (ranges[2 * low - 1] as number)
}

const containsIpv6 = (ranges: Uint32Array, address: Uint32Array): boolean => {
  let low = 0
  let high = ranges.length >>> 3
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(ranges, 8 * middle, address) <= 0) low = middle + 1
    else high = middle
  }
  return low > 0 && compare(ranges, 8 * low - 4, address) >= 0
}

/** The address at `index` beside another one: below 0 if it is lower, above 0 if it is higher. */
const compare = (ranges: Uint32Array, index: number, address: Uint32Array): number => {
  for (let group = 0; group < 4; group++) {
    const difference = (ranges[index + group] as number) - (address[group] as number)
    if (difference !== 0) return difference
  }
  return 0
}

/** Reads the address of `192.0.2.1:4711` or `[2001:db8::1]:4711`. Returns false if there is none. */
export const readClient = (client: string, into: IpAddress): boolean => {
  const port = client.lastIndexOf(':')
  return client.startsWith('[') ? into.read(client, 1, port - 1) : into.read(client, 0, port)
}

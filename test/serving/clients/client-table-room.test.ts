/** How many clients a table has room for. */
import { describe, expect, test } from 'vitest'
import { ClientLayout } from '../../../src/serving/clients/client-layout.ts'
import { type ClientKey, ClientTable, REFUSED } from '../../../src/serving/clients/client-table.ts'
import { paceOf } from '../../../src/serving/clients/token-bucket.ts'

const NOW = () => 1_000_000_000n
const unlimited = { connections: Number.POSITIVE_INFINITY, pace: undefined }
const client = (low: number): ClientKey => ({ group: 2, high: 0, low })
const open = () => {
  const layout = new ClientLayout(1)
  return new ClientTable(new Int32Array(layout.length), layout, 0)
}

describe('a table of clients', () => {
  test('takes any number of clients that come and go, in the same memory', () => {
    const table = open()
    let refused = 0
    for (let low = 0; low < 200_000; low++) {
      const entry = table.enter(client(low), { ...unlimited, connections: 1 }, NOW)
      if (entry === REFUSED) refused += 1
      else table.leave(entry)
    }
    expect(refused).toBe(0)
  })

  test('has room for 100,000 clients whose buckets all fill up, but for one in a thousand', () => {
    const table = open()
    const pace = paceOf({ count: 1, perMs: 60_000, burst: 1 })
    let refused = 0
    for (let low = 0; low < 100_000; low++) {
      const entry = table.enter(client(low), { ...unlimited, pace }, NOW)
      if (entry === REFUSED) refused += 1
      else table.leave(entry)
    }
    expect(refused).toBeLessThan(100)
  })
})

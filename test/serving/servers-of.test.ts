import { expect, test } from 'vitest'
import { parseServerAddress } from '../../src/config/fields/address.ts'
import { serversOf } from '../../src/serving/servers-of.ts'

const rest = { weight: 7, tier: 2, maxConnections: 9 }
const spec = (address: string) => ({ address: parseServerAddress(address), ...rest })
const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port })

test('a name stands for one server per address, each with what is configured for all', () => {
  expect(serversOf(spec('db.example:5432'), ['10.0.0.1', 'fd00::1'])).toEqual([
    ['db.example:5432@10.0.0.1', { address: tcp('10.0.0.1', 5432), ...rest, state: 'unchecked' }],
    ['db.example:5432@fd00::1', { address: tcp('fd00::1', 5432), ...rest, state: 'unchecked' }],
  ])
})

test('a name without an address is one server that is down, as it is written', () => {
  expect(serversOf(spec('db.example:5432'), [])).toEqual([
    ['db.example:5432', { address: undefined, ...rest, state: 'down' }],
  ])
})

test.each(['10.0.0.1:80', '[fd00::1]:80', 'unix:/run/a.sock'])('%s is the server that it is', (address) => {
  expect(serversOf(spec(address), [])).toEqual([
    [address, { address: parseServerAddress(address), ...rest, state: 'unchecked' }],
  ])
})

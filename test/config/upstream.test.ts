/** What is said about wrong values of an upstream and its servers. */
import { expect, test } from 'vitest'
import { good, problemsOf, withServers } from './problems-of.ts'

const WEIGHT = 'is not valid here; write a whole number from 0 to 256, without quotes'
const PLACES = 'is not valid here; write off, or a whole number from 1 to 1000000 without quotes'
const RETRIES = 'is not valid here; write a whole number from 0 to 100, without quotes'

test.each([
  ['weight: 257', `8:39 upstreams[0].servers[0].weight: 257 ${WEIGHT}`],
  ['weight: -1', `8:39 upstreams[0].servers[0].weight: -1 ${WEIGHT}`],
  ['weight: 1.5', `8:39 upstreams[0].servers[0].weight: 1.5 ${WEIGHT}`],
  ['backup: yes', '8:39 upstreams[0].servers[0].backup: "yes" is not valid here; write true or false, without quotes'],
  ['maxConnections: 0', `8:47 upstreams[0].servers[0].maxConnections: 0 ${PLACES}`],
  ['maxConnections: "5"', `8:47 upstreams[0].servers[0].maxConnections: "5" ${PLACES}`],
])('a server’s %s is refused, and it is said what to write', (line, problem) => {
  expect(problemsOf(withServers(`[{ address: a:1, ${line} }]`))).toEqual([`c.yaml:${problem}`])
})

test.each([
  [
    'balance: leastconn',
    '8:14 upstreams[0].balance: "leastconn" is not valid here; write roundRobin, leastConnections, random2 or sourceHash',
  ],
  ['slowStart: 0s', '8:16 upstreams[0].slowStart: a slow start of 0 has no effect; write off, or a longer duration'],
  ['slowStart: 5', '8:16 upstreams[0].slowStart: 5 has no unit; write 5ms, 5s, 5m or 5h'],
  ['retries: -1', `8:14 upstreams[0].retries: -1 ${RETRIES}`],
  ['retries: 101', `8:14 upstreams[0].retries: 101 ${RETRIES}`],
  ['queue: 5', '8:12 upstreams[0].queue: 5 is not valid here; write a mapping of length, timeout'],
  [
    'queue: { length: -1 }',
    '8:22 upstreams[0].queue.length: -1 is not valid here; write a whole number from 0 to 100000, without quotes',
  ],
  [
    'queue: { timeout: off }',
    '8:23 upstreams[0].queue.timeout: this cannot be off; write a duration such as 250ms, 5s, 10m or 1h',
  ],
  ['queue: { timeout: 16m }', '8:23 upstreams[0].queue.timeout: this is too long to wait; write at most 15m'],
])('an upstream’s %s is refused, and it is said what to write', (line, problem) => {
  expect(problemsOf(good.replace(/( {2}- name: app\n)/, `$1    ${line}\n`))).toEqual([`c.yaml:${problem}`])
})

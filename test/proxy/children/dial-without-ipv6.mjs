/**
 * `unshare -rn node dial-without-ipv6.mjs DIST ENGINE`: in a network of its own without IPv6 dials [::1], and prints what
 * becomes of the connection.
 */
import { writeFileSync } from 'node:fs'

writeFileSync('/proc/sys/net/ipv6/conf/all/disable_ipv6', '1')
const [dist, wanted] = process.argv.slice(2)
const { chooseEngine } = await import(`${dist}/engine/choose-engine.js`)
const { dialUpstream } = await import(`${dist}/proxy/dial/dial.js`)
const { Pool } = await import(`${dist}/upstream/pool.js`)
const { engine } = await chooseEngine(wanted)
const pool = new Pool('app', 0, { memory: undefined, workerCount: 1 })
const address = { kind: 'tcp', host: '::1', port: 9 }
const server = { address, weight: 1, tier: 0, maxConnections: Number.POSITIVE_INFINITY, state: 'up' }
pool.configure({
  balance: 'roundRobin',
  slowStartMs: Number.POSITIVE_INFINITY,
  retries: 0,
  queue: { length: 0, timeoutMs: 1 },
  sendProxyProtocol: 'off',
  servers: new Map([['[::1]:9', server]]),
})
const dialler = { attempt: (_server, address) => engine.dial(address).peer, failed: () => {} }
await dialUpstream(pool, dialler).catch(({ end }) => {
  console.log(JSON.stringify({ outcome: end.outcome, error: end.error.code }))
})
process.exit(0)

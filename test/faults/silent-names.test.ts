/** A resolver that never answers for some names: a DNS server of our own, named by a resolv.conf in a mount namespace. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { closeAll, echoServer, open, visit } from '../e2e/support/echo.ts'
import { Copyloop, endAll, newDirectory, writeConfig } from '../e2e/support/proxy.ts'
import { openDnsServer } from '../support/dns-server.ts'
import { ENGINES } from '../support/engines.ts'
import { canUnshare, unsharing } from '../support/mounts.ts'

const SERVER = '127.5.3.53'
const dns = await openDnsServer(SERVER)
const canRun = dns !== undefined && canUnshare
const title = canRun ? '' : ' (skipped: port 53 or a mount namespace cannot be had here)'

afterEach(async () => {
  await endAll()
  await closeAll()
})

afterAll(() => dns?.close())

describe.skipIf(!canRun).each(ENGINES)(`engine $name${title}`, ({ name }) => {
  test('names that get no answer hold up no other, be it in DNS or in /etc/hosts', async () => {
    const port = (await echoServer()).split(':')[1]
    const directory = newDirectory()
    const resolverFile = join(directory, 'resolv.conf')
    writeFileSync(resolverFile, `nameserver ${SERVER}\n`)
    const hosts = { dns: 'healthy.test', file: 'localhost' }
    const silent = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`s${index}`, `silent${index}.test`]))
    const upstreams = Object.entries({ ...silent, ...hosts }).map(([upstream, host]) => ({
      name: upstream,
      servers: [`${host}:${port}`],
    }))
    const listeners = upstreams.map((upstream) => ({
      name: upstream.name,
      listen: '127.0.0.1:0',
      upstream: upstream.name,
    }))
    const file = writeConfig({ engine: name, listeners, upstreams }, directory)
    const shell = unsharing(`mount --bind ${resolverFile} /etc/resolv.conf`)
    const copyloop = await new Copyloop(['run', '-c', file], {}, undefined, shell).serving()
    for (const listener of Object.keys(silent)) open(copyloop.address(listener)).on('error', () => {})
    for (const listener of Object.keys(hosts)) await visit(copyloop.address(listener))
    const stats = await copyloop.untilStats('both are counted', ({ totals }) => totals.outcomes.completed === 2)
    expect(stats.upstreams.dns?.servers[`healthy.test:${port}`]).toMatchObject({ connectionsTotal: 1, dialFailures: 0 })
  })
})

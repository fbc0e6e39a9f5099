import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as pathOf } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkConnection } from '../../bench/soak/check/check-connection.ts'
import { Join } from '../../bench/soak/check/join.ts'
import { Lanes } from '../../bench/soak/load/lanes.ts'
import { Load } from '../../bench/soak/load/load.ts'
import { Servers } from '../../bench/soak/load/servers.ts'
import { type Feature, roadsWithout } from '../../bench/soak/plan/road.ts'
import { showPlan } from '../../bench/soak/plan/show-plan.ts'
import { countSockets } from '../support/descriptors.ts'
import { until } from '../support/until.ts'
import { type Damage, TinyProxy } from './tiny-proxy.ts'

const CONNECTIONS = 80
const SEED = 5

const endings: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** What the soak finds wrong with a proxy: everything, as one text. */
const faultsThrough = async (damage: Damage, ...left: Feature[]): Promise<string> => {
  const without = new Set<Feature>([
    'unix',
    'ipv6',
    'inspected',
    'greets',
    'hasty',
    'urgent',
    'balanced',
    'lasting',
    ...left,
  ])
  const roads = roadsWithout(without)
  const folder = mkdtempSync(pathOf(tmpdir(), 'copyloop-soak-test-'))
  endings.push(() => rmSync(folder, { recursive: true }))
  const servers = await Servers.open(roads, folder)
  endings.push(() => servers.close())
  const [address = ''] = servers.addresses.get('ipv4-ipv4') ?? []
  const [host = '', port] = address.split(':')
  const join = new Join()
  const proxy = await TinyProxy.open({ host, port: Number(port) }, damage, (line) => join.add(line))
  endings.push(() => proxy.close())
  const lanes = new Map([['ipv4-ipv4', new Lanes([{ listener: 'ipv4-ipv4', target: proxy.target }], false)]])
  const faults: string[] = []
  const load = new Load(
    {
      seed: SEED,
      roads,
      without,
      concurrency: 30,
      lanes,
      servers,
      join,
      lineWithinMs: 300,
      hangsAfterMs: 5_000,
      mayBeCut: () => false,
    },
    {
      ended: async (visit) => {
        const found = checkConnection(visit.facts(await visit.wait.line))
        if (found.length > 0) faults.push(`${found.join('; ')}\n${showPlan(visit.plan)}`)
      },
      leftSilently: () => {},
      fault: (text) => faults.push(text),
    },
  )
  let begun = 0
  await load.run(() => begun++ >= CONNECTIONS)
  expect(load.living).toBe(0)
  for (const line of join.rest()) faults.push(`a line that belongs to nobody: ${JSON.stringify(line)}`)
  return faults.join('\n')
}

test('nothing is found where nothing is wrong, and no socket stays open', async () => {
  const sockets = countSockets()
  expect(await faultsThrough('none', 'resets')).toBe('')
  for (const end of endings.splice(0).reverse()) await end()
  await until('every socket closed', () => countSockets() === sockets)
})

test('a lost byte is found', async () => {
  expect(await faultsThrough('losesByte', 'resets')).toMatch(/got a wrong byte at offset \d+; the \w+ got a FIN after/)
})

test('a doubled byte is found', async () => {
  expect(await faultsThrough('doublesByte', 'resets')).toMatch(
    /got a wrong byte at offset \d+; the \w+ got \d+ bytes of/,
  )
})

test('a FIN in the place of a RST is found', async () => {
  expect(await faultsThrough('finForReset')).toContain('got a FIN that nobody sent')
})

test('a RST in the place of a FIN is found', async () => {
  expect(await faultsThrough('rstForFin', 'resets')).toContain('was reset, and nobody reset')
})

test('a missing log line is found', async () => {
  expect(await faultsThrough('noLine', 'resets')).toContain('there is no log line')
})

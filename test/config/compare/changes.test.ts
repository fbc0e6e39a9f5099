import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, test } from 'vitest'
import { changesBetween } from '../../../src/config/compare/changes.ts'
import { configFromObject, loadConfig } from '../../../src/config/load.ts'
import { formatPath } from '../../../src/config/problems/problem.ts'
import { newDirectory } from '../../e2e/support/proxy.ts'
import { EXAMPLE_CONFIGS } from '../../support/example-configs.ts'

const web = { name: 'web', listen: '127.0.0.1:8080', upstream: 'app' }
const ssh = { name: 'ssh', listen: '127.0.0.1:22', upstream: 'app' }
const app = { name: 'app', servers: ['127.0.0.1:1', '127.0.0.1:2'] }

const changes = (before: object, after: object): string[] =>
  changesBetween(
    configFromObject({ listeners: [web], upstreams: [app], ...before }),
    configFromObject({ listeners: [web], upstreams: [app], ...after }),
  ).map(({ path, change, from, to }) => {
    const value = (side: unknown): string => (typeof side === 'object' ? '{…}' : String(side))
    return `${change} ${formatPath(path)}: ${value(from)} → ${value(to)}`
  })

test.each(EXAMPLE_CONFIGS)('%s does not differ from itself', (file) => {
  expect(changesBetween(loadConfig(file), loadConfig(file))).toEqual([])
})

it.each([
  ['a key', { drainTimeout: '5s' }, { drainTimeout: '10s' }, ['changed drainTimeout: 5s → 10s']],
  ['a default that is written out', {}, { drainTimeout: '30s' }, []],
  [
    'a key of a listener that stands elsewhere in the list',
    { listeners: [web, ssh] },
    { listeners: [ssh, { ...web, timeouts: { idle: '1m' } }] },
    ['changed listeners[1].timeouts.idle: 10m → 1m'],
  ],
  [
    'listeners that come and go',
    { listeners: [web] },
    { listeners: [ssh] },
    ['added listeners[0]: undefined → {…}', 'removed listeners[0]: {…} → undefined'],
  ],
  [
    'a key that comes',
    {},
    { listeners: [{ ...web, deny: ['10.0.0.0/8'] }] },
    ['added listeners[0].deny: undefined → {…}'],
  ],
  [
    'servers in another order, one of another weight',
    {},
    { upstreams: [{ ...app, servers: [{ address: '127.0.0.1:2', weight: 3 }, '127.0.0.1:1'] }] },
    ['changed upstreams[0].servers[0].weight: 1 → 3'],
  ],
  [
    'a mapping that becomes a word',
    { upstreams: [{ ...app, health: {} }] },
    {},
    ['changed upstreams[0].health: {…} → off'],
  ],
  [
    'a list of addresses',
    {},
    { listeners: [{ ...web, listen: [':1', ':2'] }] },
    ['changed listeners[0].listen: {…} → {…}'],
  ],
])('%s', (_, before, after, expected) => {
  expect(changes(before, after)).toEqual(expected)
})

test('a file of networks, or of an inspector, with other content is a change, once', () => {
  const directory = newDirectory()
  const [networks, inspector] = [join(directory, 'networks.txt'), join(directory, 'inspector.mjs')]
  const config = () =>
    configFromObject({
      listeners: [{ ...web, allow: ['10.0.0.0/8'], allowFile: networks, inspect: [{ use: inspector }] }],
      upstreams: [app],
    })
  const write = (network: string, code: string): ReturnType<typeof config> => {
    writeFileSync(networks, network)
    writeFileSync(inspector, code)
    return config()
  }
  const first = write('192.0.2.0/24', 'export default 1')
  expect(changesBetween(first, write('192.0.2.0/24 # the same', 'export default 1'))).toEqual([])
  const paths = changesBetween(first, write('198.51.100.0/24', 'export default 2')).map(({ path }) => formatPath(path))
  expect(paths).toEqual(['listeners[0].allowFile', 'listeners[0].inspect[0].use'])
})

import { describe, expect, it, test } from 'vitest'
import { asWritten } from '../../../src/config/compare/as-written.ts'
import { loadConfig, parseConfig } from '../../../src/config/load.ts'
import { EXAMPLE_CONFIGS } from '../../support/example-configs.ts'

test.each(EXAMPLE_CONFIGS)('%s as it is shown is read as the same config', (file) => {
  const config = loadConfig(file)
  const written = JSON.stringify(asWritten(config))
  expect(parseConfig(written, '/a/copyloop.json')).toEqual(config)
})

const shown = (keys: string): string =>
  JSON.stringify(
    asWritten(
      parseConfig(
        `{ admin: off, listeners: [{ name: web, listen: ":0", upstream: app, ${keys} }], upstreams: [{ name: app, servers: ["[::1]:80"], health: { send: "a\\\\r\\\\x00é\\\\\\\\", expect: b } }] }`,
        'copyloop.yaml',
      ),
    ),
  )

describe('values are shown as a person writes them', () => {
  it.each([
    ['timeouts: { idle: 90s, maxAge: off }', '"idle":"90s"'],
    ['timeouts: { idle: 60m }', '"idle":"1h"'],
    ['timeouts: { maxAge: off }', '"maxAge":"off"'],
    ['maxConnectionsPerClient: off', '"maxConnectionsPerClient":"off"'],
    ['connectionRate: 500/s', '"connectionRate":"500/s"'],
    ['connectionRate: { rate: 90/m, burst: 7 }', '"connectionRate":{"rate":"90/m","burst":7}'],
    ['unix: { mode: "0600" }', '"mode":"0600"'],
    ['inspect: [{ use: builtin:protocol, firstBytes: 4KiB }]', '"firstBytes":"4KiB"'],
    ['inspect: [{ use: builtin:protocol, options: { idleMs: 5 } }]', '"options":{"idleMs":5}'],
    ['onLimit: close', '"servers":[{"address":"[::1]:80"'],
    ['onLimit: close', String.raw`"send":"a\\r\\0\\xc3\\xa9\\\\"`],
    ['onLimit: close', '"memory":"256MiB"'],
  ])('%s', (keys, part) => {
    expect(shown(keys)).toContain(part)
  })
})

it('the length of the networks of clients is shown', () => {
  const config = parseConfig(
    '{ log: { access: { anonymize: /24 } }, listeners: [{ name: web, listen: ":0", upstream: app }], upstreams: [{ name: app, servers: [] }] }',
    'copyloop.yaml',
  )
  expect(asWritten(config).log).toEqual({ level: 'info', access: { sample: 1, anonymize: '/24' } })
})

it('no secret is shown', () => {
  const config = loadConfig('examples/full.yaml')
  expect(config.admin).toHaveProperty('token')
  expect(asWritten(config).admin).toEqual({
    listen: '127.0.0.1:9901',
    tokenFile: expect.stringMatching(/admin-token\.txt$/),
    mode: '0600',
  })
})

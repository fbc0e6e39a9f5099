import { expect, test } from 'vitest'
import { doubtsAbout } from '../../src/config/doubts.ts'
import { parseSize } from '../../src/config/fields/size.ts'
import { parseConfig } from '../../src/config/load.ts'

const CONFIG =
  '{"listeners":[{"name":"web","listen":":80","upstream":"app"}],"upstreams":[{"name":"app","servers":["app:81"]}]}'

const doubts = (upstream: object): string[] => {
  const config = {
    listeners: [{ name: 'web', listen: ':8080', upstream: 'app' }],
    upstreams: [{ name: 'app', ...upstream }],
  }
  return doubtsAbout(parseConfig(JSON.stringify(config), 'c.json'))
}

const [ONE, LIMITED, WEIGHTLESS] = [
  '127.0.0.1:9000',
  { address: '127.0.0.1:9001', maxConnections: 5 },
  { address: '127.0.0.1:9002', weight: 0 },
]
const queue = { length: 5 }

test('a queue in which no client ever waits is doubted', () => {
  const doubt = 'upstreams[0].queue: no client ever waits, because no server has maxConnections'
  expect(doubts({ servers: [ONE], queue })).toEqual([doubt])
  expect(doubts({ discover: { dns: 'app.example:80' }, queue })).toEqual([doubt])
  expect(doubts({ servers: [ONE, LIMITED], queue })).toEqual([])
  expect(doubts({ servers: [ONE] })).toEqual([])
})

test('memory that a worker needs without any connection is doubted', () => {
  const withMemory = (workerMemory: string) => ({
    ...parseConfig(CONFIG, 'c.json'),
    workerMemoryBytes: parseSize(workerMemory),
  })
  expect(doubtsAbout(withMemory('99MiB'))).toEqual([
    expect.stringContaining('workerMemory: a worker without connections'),
  ])
  expect(doubtsAbout(withMemory('100MiB'))).toEqual([])
})

test('servers of which none gets a client are doubted', () => {
  expect(doubts({ servers: [WEIGHTLESS] })).toEqual([
    'upstreams[0].servers: every server has weight 0: clients end as noServer',
  ])
  expect(doubts({ servers: [WEIGHTLESS, ONE] })).toEqual([])
  expect(doubts({ servers: [WEIGHTLESS], discover: { dns: 'app.example:80' } })).toEqual([])
  expect(doubts({ servers: [] })).toEqual([])
})

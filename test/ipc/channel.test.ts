import { expect, test } from 'vitest'
import { readFromWorker } from '../../src/ipc/channel.ts'

const report = (changes: object = {}, counts: object = {}) => ({
  kind: 'report',
  rssBytes: 1,
  eventLoopDelayP99Ms: 0.5,
  totals: {
    listeners: {
      web: {
        connectionsAccepted: 1,
        connectionsActive: 1,
        bytesToUpstream: 0,
        bytesToClient: 0,
        outcomes: {},
        ...counts,
      },
    },
    servers: {},
  },
  ...changes,
})

test('what a worker says is read', () => {
  expect(readFromWorker({ kind: 'started' })).toEqual({ kind: 'started' })
  expect(readFromWorker({ kind: 'ready', engine: 'streams' })).toEqual({ kind: 'ready', engine: 'streams' })
  expect(readFromWorker(report())).toEqual(report())
  expect(readFromWorker(report({}, { outcomes: { completed: 3 } }))).toMatchObject({ kind: 'report' })
})

test.each([
  ['NaN', report({}, { connectionsAccepted: Number.NaN })],
  ['infinity', report({}, { bytesToClient: Number.POSITIVE_INFINITY })],
  ['a negative count', report({}, { connectionsActive: -1 })],
  ['a fraction', report({}, { bytesToUpstream: 0.5 })],
  ['more than can be counted exactly', report({}, { bytesToUpstream: 2 ** 60 })],
  ['a text', report({}, { connectionsAccepted: '1' })],
  ['a big integer', report({}, { connectionsAccepted: 1n })],
  ['an outcome that does not exist', report({}, { outcomes: { vanished: 1 } })],
  ['a negative outcome', report({}, { outcomes: { completed: -1 } })],
  ['no totals', report({ totals: undefined })],
  ['a delay that is no number', report({ eventLoopDelayP99Ms: Number.NaN })],
  ['an engine that does not exist', { kind: 'ready', engine: 'steam' }],
  ['10 MB of text where a count should be', report({ rssBytes: 'x'.repeat(10_000_000) })],
])('%s is malformed', (_, message) => {
  expect(readFromWorker(message)).toBe('malformed')
})

test.each([
  [{ type: 'axm:monitor', data: {} }],
  [{ cmd: 'NODE_CLUSTER' }],
  [{ kind: 'constructor' }],
  ['ready'],
  [null],
  [undefined],
  [42],
])('%j is not of our protocol', (message) => {
  expect(readFromWorker(message)).toBe('foreign')
})

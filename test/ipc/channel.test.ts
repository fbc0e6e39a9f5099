import { expect, test } from 'vitest'
import { readFromWorker } from '../../src/ipc/channel.ts'
import { noCounts } from '../../src/stats/counts.ts'

const report = (changes: object = {}, counts: object = {}) => ({
  kind: 'report',
  ended: [],
  rssBytes: 1,
  eventLoopDelayP99Ms: 0.5,
  changed: [
    { scope: 'listener', names: ['web'], counts: { ...noCounts('listener'), connectionsAccepted: 1, ...counts } },
    { scope: 'server', names: ['app', '127.0.0.1:80'], counts: noCounts('server') },
    { scope: 'inspector', names: ['web', 'match'], counts: noCounts('inspector') },
    { scope: 'worker', names: [], counts: noCounts('worker') },
  ],
  left: [{ scope: 'server', names: ['app', '127.0.0.1:81'], counts: {} }],
  ...changes,
})

test('what a worker says is read', () => {
  expect(readFromWorker({ kind: 'started' })).toEqual({ kind: 'started' })
  expect(readFromWorker({ kind: 'ready', engine: 'streams', connectionPrefix: 'a-1-' })).toEqual({
    kind: 'ready',
    engine: 'streams',
    connectionPrefix: 'a-1-',
  })
  expect(readFromWorker(report())).toEqual(report())
  expect(readFromWorker({ kind: 'serves', version: 7 })).toEqual({ kind: 'serves', version: 7 })
  expect(readFromWorker({ kind: 'cannotApply', version: 8 })).toEqual({ kind: 'cannotApply', version: 8 })
  expect(readFromWorker(report({}, { outcomes: { completed: 3 } }))).toMatchObject({ kind: 'report' })
  const drained = {
    kind: 'drained',
    totals: report().changed,
    ended: [],
    endedByThemselves: 1,
    cutShort: 0,
    handedOver: 2,
  }
  expect(readFromWorker(drained)).toEqual(drained)
  const warned = { kind: 'warned', line: '{"level":40,"msg":"careful"}' }
  expect(readFromWorker(warned)).toEqual(warned)
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
  ['no totals', report({ changed: undefined })],
  ['totals that are no list', report({ left: {} })],
  ['a scope that does not exist', report({ changed: [{ scope: 'planet', names: [], counts: {} }] })],
  ['a scope that every object has', report({ changed: [{ scope: 'constructor', names: [], counts: {} }] })],
  ['a count that is undefined', report({}, { connectionsActive: undefined })],
  ['labels where a number should be', report({}, { connectionsActive: { now: 1 } })],
  ['a number where labels should be', report({}, { outcomes: 1 })],
  ['a bin that does not exist', report({}, { duration: { '123': 1 } })],
  ['a count that does not exist', report({}, { connectionsLost: 1 })],
  ['a name too few', report({ left: [{ scope: 'server', names: ['app'], counts: {} }] })],
  ['a name that is no text', report({ left: [{ scope: 'upstream', names: [1], counts: {} }] })],
  ['more than an entry has', report({ left: [{ scope: 'upstream', names: ['app'], counts: {}, more: 1 }] })],
  ['a version that is no number', { kind: 'serves', version: '1' }],
  ['a delay that is no number', report({ eventLoopDelayP99Ms: Number.NaN })],
  ['an engine that does not exist', { kind: 'ready', engine: 'steam', connectionPrefix: 'a-1-' }],
  ['a warning that is no JSON', { kind: 'warned', line: '{' }],
  ['a warning that is no object', { kind: 'warned', line: '"careful"' }],
  ['a warning of several lines', { kind: 'warned', line: '{"level":40,\n"msg":""}' }],
  ['a warning that is too long', { kind: 'warned', line: JSON.stringify({ msg: 'x'.repeat(20_000) }) }],
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

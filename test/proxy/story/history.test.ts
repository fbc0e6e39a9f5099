import { expect, test } from 'vitest'
import type { Outcome } from '../../../src/proxy/outcome.ts'
import type { ConnectionRecord, EndRecord } from '../../../src/proxy/record.ts'
import { History } from '../../../src/proxy/story/history.ts'

const record = (sequence: number) => ({ sequence, acceptedMs: 1, peer: { key: 1 } }) as unknown as ConnectionRecord

const end = (outcome: Outcome, endedMs = 2): EndRecord => ({
  outcome,
  endedBy: 'proxy',
  endedMs,
  clientTcp: undefined,
  serverTcp: undefined,
})

const find = (history: History, sequence: number) => history.find((facts) => facts.sequence === sequence)

const add = (history: History, outcome: Outcome, from: number, to: number): void => {
  for (let sequence = from; sequence <= to; sequence++) history.add(record(sequence), end(outcome, sequence))
}

test('the last 1,000 connections are known, and older ones are not', () => {
  const history = new History()
  add(history, 'completed', 1, 2_500)
  expect(find(history, 1_500)).toBeUndefined()
  for (const sequence of [1_501, 2_000, 2_500]) expect(find(history, sequence)).toMatchObject({ sequence })
})

test('the last 100 of an outcome outlive any number that were completed', () => {
  const history = new History()
  add(history, 'idleTimeout', 1, 150)
  add(history, 'denied', 151, 151)
  add(history, 'completed', 152, 5_000)
  expect(find(history, 50)).toBeUndefined()
  for (const sequence of [51, 150]) expect(find(history, sequence)?.end?.outcome).toBe('idleTimeout')
  expect(find(history, 151)?.end?.outcome).toBe('denied')
})

test('the last of each outcome is told', () => {
  const history = new History()
  expect(history.lastOfEach()).toEqual([])
  add(history, 'completed', 1, 3)
  add(history, 'killed', 4, 5)
  expect(history.lastOfEach().map(({ sequence }) => sequence)).toEqual([3, 5])
})

test('nothing of a connection’s sockets is kept', () => {
  const history = new History()
  const relay = { toUpstream: { bytes: 7 }, toClient: { bytes: 8 } }
  history.add({ ...record(1), relay } as unknown as ConnectionRecord, end('completed'))
  const facts = find(history, 1)
  expect(facts).toMatchObject({ toUpstream: { bytes: 7 }, toClient: { bytes: 8 } })
  expect(Object.values(facts ?? {})).not.toContain(relay)
  expect(facts?.toUpstream).not.toBe(relay.toUpstream)
})

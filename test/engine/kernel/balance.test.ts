/** When a worker leaves a new client to another one. Two workers in one process, on the same loads. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Balance } from '../../../src/engine/kernel/balance.ts'
import { SharedMemory } from '../../../src/serving/shared-memory.ts'
import { sharedNumbers } from '../../support/shared-numbers.ts'

const pair = (): [Balance, Balance] => {
  const numbers = sharedNumbers(2)
  const balanceAt = (place: number) => {
    const balance = new Balance(new SharedMemory(numbers, { place, places: 2 }))
    balance.begin()
    return balance
  }
  return [balanceAt(0), balanceAt(1)]
}

const open = (balance: Balance, count: number): void => {
  for (let opened = 0; opened < count; opened++) balance.opened()
}

/** Until what came is no longer of late. */
const aWhile = () => sleep(250)

test('a difference of one is enough where few clients come: four streams are two and two', () => {
  const [one, other] = pair()
  open(one, 1)
  expect(one.isAhead).toBe(true)
  expect(other.isAhead).toBe(false)
  open(other, 1)
  expect(one.isAhead).toBe(false)
})

test('where clients come and go by the thousand, a small difference is chance', async () => {
  const [one, other] = pair()
  open(other, 20)
  open(one, 400)
  for (let closed = 0; closed < 375; closed++) one.closed()
  expect(one.isAhead, '25 against 20, of 400 that came').toBe(false)
  await aWhile()
  expect(one.isAhead, '25 against 20, long after').toBe(true)
})

test('a worker that has just begun gets clients however many come', () => {
  const [one, newcomer] = pair()
  open(one, 300)
  expect(one.isAhead).toBe(true)
  expect(newcomer.isAhead).toBe(false)
})

test('nobody waits for a worker that has left', () => {
  const [one, other] = pair()
  open(one, 300)
  other.leave()
  expect(one.isAhead).toBe(false)
})

test('a worker that stops accepting on one of two sockets is still waited for, with its load', () => {
  const [one, other] = pair()
  other.begin()
  open(other, 2)
  open(one, 2)
  other.leave()
  other.closed()
  expect(one.isAhead).toBe(true)
  other.leave()
  expect(one.isAhead).toBe(false)
})

test('a worker that accepts again is waited for again', () => {
  const [one, other] = pair()
  open(one, 2)
  open(other, 1)
  other.leave()
  other.begin()
  expect(one.isAhead).toBe(true)
})

import { expect, test } from 'vitest'
import { NOBODY, Tickets, ticketAt } from '../../src/upstream/tickets.ts'

const SECOND = 1_000_000

const ticketsOf = (places: number) => {
  const row = new Int32Array(places)
  return Array.from({ length: places }, (_, place) => new Tickets(row, place))
}

test('of the tickets of other workers the oldest is found, also where the numbers begin anew', () => {
  // The numbers begin anew 1 s after the first of these.
  const began = 5 * 2 ** 31 - SECOND
  const [first, second, third] = ticketsOf(3)
  const [old, middle, young] = [ticketAt(began), ticketAt(began + 2 * SECOND), ticketAt(began + 600 * SECOND)]
  expect(middle).toBeLessThan(old)
  first?.show(middle)
  second?.show(old)
  third?.show(young)
  expect(third?.oldestBefore(young)).toBe(old)
  expect(first?.oldestBefore(middle)).toBe(old)
  expect(second?.oldestBefore(old)).toBe(NOBODY)
})

test('whoever waits is seen by all, until the last one does not wait any more', () => {
  const [first, second] = ticketsOf(2)
  expect(second?.isAnyShown).toBe(false)
  first?.show(ticketAt(7))
  expect([first?.isAnyShown, second?.isAnyShown]).toEqual([true, true])
  first?.show(NOBODY)
  expect(second?.isAnyShown).toBe(false)
})

test('no time is the ticket of nobody', () => {
  expect(ticketAt(3 * 2 ** 31)).not.toBe(NOBODY)
})

test('a ticket that is passed over is not seen by that worker, until its owner shows another one', () => {
  const [stopped, one, other] = ticketsOf(3)
  stopped?.show(ticketAt(10))
  one?.passOver(ticketAt(10))
  expect([one?.isAnyShown, other?.isAnyShown]).toEqual([false, true])
  expect(one?.oldestBefore(ticketAt(20))).toBe(NOBODY)
  stopped?.show(ticketAt(11))
  expect(one?.oldestBefore(ticketAt(20))).toBe(ticketAt(11))
})

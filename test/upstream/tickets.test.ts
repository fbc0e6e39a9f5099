import { expect, test } from 'vitest'
import { NOBODY, Tickets, ticketAt } from '../../src/upstream/tickets.ts'

const SECOND = 1_000_000

const ticketsOf = (places: number) => {
  const row = new Int32Array(places)
  return Array.from({ length: places }, (_, place) => new Tickets(row, place))
}

test('it is the turn of the oldest ticket of all workers, also where the numbers begin anew', () => {
  // The numbers begin anew 1 s after the first of these.
  const began = 5 * 2 ** 31 - SECOND
  const [first, second, third] = ticketsOf(3)
  const [old, middle, young] = [ticketAt(began), ticketAt(began + 2 * SECOND), ticketAt(began + 600 * SECOND)]
  expect(middle).toBeLessThan(old)
  first?.show(middle)
  second?.show(old)
  third?.show(young)
  for (const each of [first, second, third]) {
    expect([old, middle, young].map((ticket) => each?.isTurnOf(ticket))).toEqual([true, false, false])
  }
  second?.show(NOBODY)
  expect([middle, young].map((ticket) => third?.isTurnOf(ticket))).toEqual([true, false])
})

test('a client without a ticket has to wait while anybody waits, in whichever worker', () => {
  const [first, second] = ticketsOf(2)
  expect(second?.isTurnOf(NOBODY)).toBe(true)
  first?.show(ticketAt(7))
  expect([first?.isTurnOf(NOBODY), second?.isTurnOf(NOBODY)]).toEqual([false, false])
  first?.show(NOBODY)
  expect(second?.isTurnOf(NOBODY)).toBe(true)
})

test('no time is the ticket of nobody', () => {
  expect(ticketAt(3 * 2 ** 31)).not.toBe(NOBODY)
})

test('a worker looks for its own client, which gets a place when there is room and it is its turn', () => {
  const [first, second] = ticketsOf(2)
  second?.show(ticketAt(20))
  expect([first?.look(true, 1), second?.look(false, 1), second?.look(true, 1)]).toEqual([false, false, true])
  first?.show(ticketAt(10))
  expect([first?.look(true, 2), second?.look(true, 2)]).toEqual([true, false])
})

test('a worker that leaves its place unused for 50 ms is passed over, until it shows another ticket', () => {
  const [stopped, one, other] = ticketsOf(3)
  stopped?.show(ticketAt(10))
  one?.show(ticketAt(20))
  other?.show(ticketAt(30))
  for (const nowMs of [1_000, 1_050, 1_051]) expect(one?.look(true, nowMs)).toBe(false)
  expect(one?.look(true, 1_052)).toBe(true)
  expect(one?.isTurnOf(ticketAt(20))).toBe(true)
  // The other has not looked yet.
  expect(other?.isTurnOf(ticketAt(15))).toBe(false)
  stopped?.show(ticketAt(12))
  expect(one?.isTurnOf(ticketAt(20))).toBe(false)
})

test('a worker that was passed over while it stood still is seen again, with the same ticket', () => {
  const [stopped, one] = ticketsOf(2)
  stopped?.show(ticketAt(10))
  one?.show(ticketAt(20))
  for (const nowMs of [1_000, 1_051]) one?.look(true, nowMs)
  expect(one?.look(true, 1_052)).toBe(true)
  stopped?.showAgain()
  expect([one?.look(true, 1_053), stopped?.look(true, 1_053)]).toEqual([false, true])
  expect([one?.isTurnOf(ticketAt(10)), one?.isTurnOf(ticketAt(12))]).toEqual([true, false])
  stopped?.show(NOBODY)
  stopped?.showAgain()
  expect(one?.look(true, 1_054)).toBe(true)
})

test('nobody is passed over for a time in which there was no room, or in which nobody here waited', () => {
  const [first, second] = ticketsOf(2)
  first?.show(ticketAt(10))
  second?.show(ticketAt(20))
  second?.look(true, 1_000)
  second?.look(false, 1_040)
  for (const nowMs of [1_060, 1_100]) expect(second?.look(true, nowMs)).toBe(false)
  second?.show(NOBODY)
  second?.show(ticketAt(30))
  for (const nowMs of [2_000, 2_001]) expect(second?.look(true, nowMs)).toBe(false)
})

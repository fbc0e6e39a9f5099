import { expect, test } from 'vitest'
import { type Plan, planOf, type Side } from '../../bench/soak/plan/plan.ts'
import { type Feature, roadsWithout } from '../../bench/soak/plan/road.ts'
import { showPlan } from '../../bench/soak/plan/show-plan.ts'

const plans = (seed: number, count: number, ...left: Feature[]): Plan[] => {
  const without = new Set(left)
  const settings = { seed, without, roads: roadsWithout(without) }
  return Array.from({ length: count }, (_, number) => planOf(number, settings))
}

const does = ({ steps }: Side): string[] => steps.map((step) => step.does)

test('the same seed and number give the same plan, and another seed another one', () => {
  expect(plans(7, 200)).toEqual(plans(7, 200))
  expect(plans(7, 200)).not.toEqual(plans(8, 200))
})

test('every road and every kind of step is met', () => {
  const all = plans(1, 5000)
  expect(new Set(all.map(({ road }) => road))).toEqual(new Set(roadsWithout(new Set())))
  const steps = new Set(all.flatMap(({ client, server }) => [...does(client), ...does(server)]))
  expect([...steps].toSorted()).toEqual(['await', 'awaitEnd', 'fin', 'pause', 'reset', 'send', 'settle', 'urgent'])
  const readers = new Set(all.flatMap(({ client, server }) => [client.reader.reads, server.reader.reads]))
  expect([...readers].toSorted()).toEqual(['atOnce', 'late', 'slowly'])
  const both = all.filter(({ client, server }) => does(client).includes('reset') && does(server).includes('reset'))
  expect(both).not.toEqual([])
})

test('every side comes to an end of its own, and never do both wait for the other’s', () => {
  for (const plan of plans(2, 5000)) {
    const { client, server, road } = plan
    for (const side of [client, server]) expect(does(side).at(-1), showPlan(plan)).toMatch(/^(?:fin|reset)$/)
    const waiting = [client, server].filter((side) => does(side).includes('awaitEnd'))
    if (road.manner !== 'resets') expect(waiting.length, showPlan(plan)).toBeLessThan(2)
  }
})

test('what is left out is not there, and the rest stays as it is', () => {
  for (const { client, server } of plans(3, 2000, 'urgent', 'resets', 'slow')) {
    for (const side of [client, server]) {
      expect(does(side)).not.toContain('urgent')
      expect(does(side)).not.toContain('reset')
      expect(side.reader.reads).toBe('atOnce')
    }
  }
  expect(
    roadsWithout(new Set(['unix', 'ipv6', 'inspected', 'greets', 'hasty', 'balanced'])).map(({ name }) => name),
  ).toEqual(['ipv4-ipv4'])
  const [whole, part] = [plans(4, 500), plans(4, 500, 'urgent')]
  for (const [index, plan] of whole.entries()) {
    const withoutUrgent = plan.client.steps.filter((step) => step.does !== 'urgent')
    expect(part[index]?.client.steps.at(-1)).toEqual(withoutUrgent.at(-1))
  }
})

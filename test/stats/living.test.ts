import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Living } from '../../src/proxy/living.ts'

const items = (count: number) => Array.from({ length: count }, (_, name) => ({ name, place: 0 }))

test('holds what was added and not removed, whatever the order', () => {
  const property = fc.property(fc.array(fc.nat(20), { maxLength: 100 }), (toggled) => {
    const living = new Living<{ name: number; place: number }>()
    const all = items(21)
    const expected = new Set<number>()
    for (const name of toggled) {
      const item = all[name] as { name: number; place: number }
      if (expected.delete(name)) living.remove(item)
      else {
        living.add(item)
        expected.add(name)
      }
      expect(living.size).toBe(expected.size)
      const met: number[] = []
      living.each((one) => met.push(one.name))
      expect(met.toSorted((one, other) => one - other)).toEqual([...expected].toSorted((one, other) => one - other))
    }
  })
  fc.assert(property)
})

test('meets each item once when all are removed while they are walked through', () => {
  const living = new Living<{ name: number; place: number }>()
  for (const item of items(1000)) living.add(item)
  const met: number[] = []
  living.each((item) => {
    met.push(item.name)
    living.remove(item)
  })
  expect([met.length, new Set(met).size, living.size]).toEqual([1000, 1000, 0])
})

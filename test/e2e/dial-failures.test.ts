import { afterEach, expect, test } from 'vitest'
import { refusingAddress } from '../support/addresses.ts'
import { until } from '../support/until.ts'
import { closeAll, endOf, open } from './support/echo.ts'
import { endAll, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

test('a server that cannot be reached is warned of by name, once a minute, whichever workers find out', async () => {
  const [dead, deadToo] = [refusingAddress(), refusingAddress()]
  const { listeners, upstreams } = relayTo(dead, deadToo)
  // Both go on being dialled.
  const copyloop = await run({ listeners, upstreams: [{ ...upstreams[0], ejection: 'off' }], workers: 2 })
  const warnings = () => copyloop.log.filter(({ msg }) => msg.includes('cannot be reached'))
  for (let round = 0; round < 20; round++)
    await Promise.all(Array.from({ length: 10 }, () => endOf(open(copyloop.address('web')))))
  await copyloop.untilStats('every failure is counted', ({ upstreams }) =>
    Object.values(upstreams.app?.servers ?? {}).every(({ dialFailures }) => dialFailures === 200),
  )
  await until('both are named', () => warnings().length >= 2)
  const [first, second] = warnings()
  expect(warnings().length).toBe(2)
  expect([first?.server, second?.server].toSorted()).toEqual([dead, deadToo].toSorted())
  expect(first).toMatchObject({ level: 40, upstream: 'app', error: expect.stringContaining('ECONNREFUSED') })
  expect(first?.msg).toContain(String(first?.server))
}, 60_000)

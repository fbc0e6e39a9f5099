import { afterEach, describe, expect, test } from 'vitest'
import { never } from '../support/until.ts'
import { closeAll, endOf, open, visit } from './support/echo.ts'
import { type Copyloop, endAll, run } from './support/proxy.ts'
import { changesOf, closeServers, relayWith, serverThat, statsOf, untilChanges, untilState } from './support/servers.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeServers()
})

/** Clients that come one after the other; how each ended. */
const clients = async (copyloop: Copyloop, count: number): Promise<string[]> => {
  const ends: string[] = []
  for (let client = 0; client < count; client++) ends.push(await endOf(open(copyloop.address('web'))))
  return ends
}

describe.each(['kernel', 'streams'])('engine %s', (engine) => {
  const ejection = { failures: 5, for: '10m', maxPercent: 100 }

  test('a server is ejected after five failures in a row over all workers, and those that come then are served', async () => {
    const [good, dead] = [await serverThat('serve'), await serverThat('refuse')]
    const copyloop = await run({ ...relayWith({ ejection }, good, dead), engine, workers: 4 })
    // Each client that is first sent to the dead one goes on to the other.
    while (statsOf(await copyloop.stats(), dead).state !== 'ejected') await visit(copyloop.address('web'))
    const stats = statsOf(await untilState(copyloop, dead, 'ejected'), dead)
    const { stateReason, dialFailures, ejectedForMs, stateChanges } = stats
    expect(dialFailures).toBeGreaterThanOrEqual(5)
    expect(stateReason).toMatch(/^5 dials in a row failed, the last with: .*ECONNREFUSED/)
    expect(ejectedForMs).toBeGreaterThanOrEqual(0)
    expect(stateChanges).toEqual({ ejected: 1 })
    for (let visits = 0; visits < 12; visits++) await visit(copyloop.address('web'))
    expect(statsOf(await copyloop.stats(), dead).dialFailures).toBe(dialFailures)
    await untilChanges(copyloop, dead, ['unchecked → ejected'])
  }, 60_000)

  test('a success in any worker restarts the row', async () => {
    const moody = await serverThat('refuse')
    const copyloop = await run({ ...relayWith({ ejection }, moody), engine, workers: 4 })
    for (let round = 0; round < 4; round++) {
      expect(await clients(copyloop, 4)).toEqual(Array(4).fill('ECONNRESET'))
      await moody.become('serve')
      await visit(copyloop.address('web'))
      await moody.become('refuse')
    }
    expect(statsOf(await copyloop.stats(), moody)).toMatchObject({ state: 'unchecked', dialFailures: 16 })
    await clients(copyloop, 5)
    await untilState(copyloop, moody, 'ejected')
  }, 60_000)

  test('it returns after one trial connection of the primary, not sooner, and gets clients again', async () => {
    const [good, moody] = [await serverThat('serve'), await serverThat('refuse')]
    const quick = { failures: 2, for: '400ms', maxPercent: 50 }
    const copyloop = await run({ ...relayWith({ ejection: quick }, good, moody), engine, workers: 2 })
    for (let visits = 0; visits < 8; visits++) await visit(copyloop.address('web'))
    await untilState(copyloop, moody, 'ejected')
    const failed = await copyloop.untilStats('its first trial fails', (stats) =>
      statsOf(stats, moody).stateReason.includes('; its trial connection failed: connect ECONNREFUSED'),
    )
    expect(statsOf(failed, moody).ejectedForMs).toBeGreaterThanOrEqual(400)
    await moody.become('serve')
    const returned = statsOf(await untilState(copyloop, moody, 'unchecked'), moody)
    expect(returned).toMatchObject({ stateReason: 'its trial connection succeeded', ejectedForMs: null })
    expect(moody.accepted).toBe(1)
    for (let visits = 0; visits < 8; visits++) await visit(copyloop.address('web'))
    expect(moody.accepted).toBeGreaterThan(1)
    await untilChanges(copyloop, moody, ['unchecked → ejected', 'ejected → unchecked'])
  }, 60_000)

  test('no more than `maxPercent` are ejected at once', async () => {
    const dead = [await serverThat('refuse'), await serverThat('refuse'), await serverThat('refuse')]
    const good = await serverThat('serve')
    const half = { ...ejection, failures: 2, maxPercent: 50 }
    const copyloop = await run({ ...relayWith({ ejection: half }, ...dead, good), engine, workers: 2 })
    const ejected = async () => {
      const stats = await copyloop.stats()
      return dead.filter((server) => statsOf(stats, server).state === 'ejected').length
    }
    for (let visits = 0; visits < 40; visits++) await visit(copyloop.address('web'))
    expect(await ejected()).toBe(2)
  }, 60_000)

  test('when nobody else is left an ejected server is tried all the same, and serves once it can', async () => {
    const moody = await serverThat('refuse')
    const copyloop = await run({ ...relayWith({ ejection }, moody), engine, workers: 2 })
    expect(new Set(await clients(copyloop, 8))).toEqual(new Set(['ECONNRESET']))
    await untilState(copyloop, moody, 'ejected')
    await moody.become('serve')
    for (let visits = 0; visits < 4; visits++) await visit(copyloop.address('web'))
    expect(statsOf(await copyloop.stats(), moody).state).toBe('ejected')
  }, 60_000)
})

test('a check that passes ends an ejection', async () => {
  const [good, moody] = [await serverThat('serve'), await serverThat('refuse')]
  const health = { interval: '1s', timeout: '500ms', fall: 100 }
  const ejection = { failures: 2, for: '10m', maxPercent: 100 }
  await moody.become('serve')
  const copyloop = await run(relayWith({ health, ejection }, good, moody))
  await untilState(copyloop, moody, 'up')
  await moody.become('refuse')
  for (let visits = 0; visits < 8; visits++) await visit(copyloop.address('web'))
  await untilState(copyloop, moody, 'ejected')
  await moody.become('serve')
  await untilState(copyloop, moody, 'up')
  await untilChanges(copyloop, moody, ['unchecked → up', 'up → ejected', 'ejected → up'])
}, 60_000)

test('with ejection off a dead server is dialled for ever', async () => {
  const dead = await serverThat('refuse')
  const copyloop = await run(relayWith({ ejection: 'off' }, dead))
  await clients(copyloop, 20)
  await never('it is ejected', () => changesOf(copyloop, dead).length > 0)
  expect(statsOf(await copyloop.stats(), dead)).toMatchObject({ state: 'unchecked', dialFailures: 20 })
}, 60_000)

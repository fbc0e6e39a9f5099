import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { changed } from '../../bench/soak/chaos/changed.ts'
import { Kills } from '../../bench/soak/chaos/kills.ts'
import { Moves } from '../../bench/soak/chaos/moves.ts'
import { Random } from '../../bench/soak/plan/random.ts'
import { roadsWithout } from '../../bench/soak/plan/road.ts'
import { configOf } from '../../bench/soak/proxy/config.ts'

test('a changed config keeps all that the load uses, and is another one each time', () => {
  const roads = roadsWithout(new Set())
  const addresses = ['127.0.0.1:1', '127.0.0.1:2']
  const servers = new Map(roads.map(({ name }) => [name, addresses]))
  const config = configOf({ folder: '/f', logFile: '/f/log', engine: 'kernel', workers: 2, roads, servers })
  const random = new Random(1)
  const texts = new Set<string>()
  for (let times = 0; times < 20; times++) {
    const { listeners, upstreams, ...rest } = changed(config, random)
    texts.add(JSON.stringify(listeners))
    expect(rest).toMatchObject({ workers: 2, engine: 'kernel', admin: { listen: '127.0.0.1:0' } })
    for (const { name, listen, upstream } of config.listeners)
      expect(listeners).toContainEqual(expect.objectContaining({ name, listen, upstream }))
    expect(upstreams.map(({ name }) => name).toSorted()).toEqual(roads.map(({ name }) => name).toSorted())
    for (const upstream of upstreams) expect(upstream.servers).toMatchObject(addresses.map((address) => ({ address })))
  }
  expect(texts.size).toBe(20)
  expect([...texts].filter((text) => text.includes('newcomer')).length).toBeGreaterThan(0)
})

test('only what lived when a worker was killed may have ended with it, and with a FIN unless connections moved', async () => {
  const kills = new Kills()
  const kill = async (resets: boolean): Promise<void> => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    await once(child, 'spawn')
    kills.kill(child.pid ?? 0, resets)
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
  }
  expect(kills.mayBeCut).toBe(false)
  const beganMs = performance.now()
  await kill(true)
  const endedMs = performance.now()
  expect(kills.mayBeCut).toBe(true)
  expect(kills.mayBeLost({ beganMs, endedMs })).toBe(true)
  expect(kills.wasReset({ beganMs, endedMs })).toBe(true)
  expect(kills.mayBeLost({ beganMs: endedMs, endedMs: endedMs + 1 })).toBe(false)
  expect(kills.mayBeLost({ beganMs, endedMs: endedMs + 60_000 })).toBe(false)
  await kill(false)
  expect(kills.wasReset({ beganMs, endedMs })).toBe(false)
  expect(kills.count).toBe(2)
})

test('a replaced worker that cuts connections is a fault', () => {
  const faults: string[] = []
  const moves = new Moves((text) => faults.push(text))
  expect(moves.takerOf(1)).toBeUndefined()
  moves.onLine({ msg: '7 connections handed over to worker 3; 1 stay', worker: 1, taker: 3, silenceMs: { max: 12 } })
  expect(moves.takerOf(1)).toBe(3)
  const left = { msg: 'worker 1 has left: 7 connections handed over', handedOver: 7, endedByThemselves: 1 }
  moves.onLine({ ...left, cutShort: 0 })
  expect(faults).toEqual([])
  moves.onLine({ ...left, cutShort: 1 })
  expect(faults).toEqual(['a worker that was replaced has cut 1 connections'])
  expect(moves.text).toContain('14 connections handed over, which stood still for 12 ms at most')
})

import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { checkCensus, mostOf, takeCensus } from '../../bench/soak/proxy/census.ts'

test('a socket that stays open is seen, and pipes that are kept for the next connection are allowed', async () => {
  const before = takeCensus(process.pid)
  expect(checkCensus('it', before, before)).toEqual([])
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  expect(checkCensus('it', before, takeCensus(process.pid)).join()).toContain('sockets, before it was')
  await new Promise((resolve) => server.close(resolve))
  expect(takeCensus(process.pid).sockets).toBe(before.sockets)
  expect(checkCensus('it', before, { ...before, pipes: before.pipes + 64 })).toEqual([])
  expect(checkCensus('it', before, { ...before, pipes: before.pipes + 66 })).toHaveLength(1)
})

test('of several processes the most of each counts, and a thread or a file more is seen', () => {
  const one = { sockets: 1, pipes: 2, otherFiles: 30, threads: 4, residentMiB: 50 }
  const most = mostOf([one, { ...one, sockets: 9, threads: 2 }])
  expect(most).toEqual({ ...one, sockets: 9 })
  expect(checkCensus('it', most, { ...most, threads: 5, otherFiles: 31, residentMiB: 500 })).toHaveLength(3)
})

/** /dev/shm read-only or full, in a mount namespace of its own (unshare(1)). */
import { afterEach, describe, expect, test } from 'vitest'
import { CountingServer } from '../e2e/support/counting-server.ts'
import { closeAll, echoServer, open, visit } from '../e2e/support/echo.ts'
import { Copyloop, endAll, newDirectory, relayTo, writeConfig } from '../e2e/support/proxy.ts'
import { ENGINES } from '../support/engines.ts'
import { canUnshare, unsharing } from '../support/mounts.ts'
import { until } from '../support/until.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const title = canUnshare ? '' : ' (skipped: no mount namespace can be had here)'

const READ_ONLY = 'mount -t tmpfs -o ro none /dev/shm'
const FULL = 'mount -t tmpfs -o size=4k none /dev/shm && head -c 4096 /dev/zero > /dev/shm/all'

describe.skipIf(!canUnshare).each(ENGINES)(`copyloop serves, engine $name${title},`, ({ name }) => {
  /** Starts copyloop below what the shell does in a mount namespace. */
  const start = async (shell: string, temporary: string, listener = {}, server?: string): Promise<Copyloop> => {
    const { listeners, upstreams } = relayTo(server ?? (await echoServer()))
    const limited = listeners.map((each) => ({ ...each, ...listener }))
    const file = writeConfig({ listeners: limited, upstreams, workers: 2, engine: name })
    return new Copyloop(['run', '-c', file], { TMPDIR: temporary }, undefined, unsharing(shell)).serving()
  }

  test.each([
    { is: 'read-only', shell: READ_ONLY },
    { is: 'full', shell: FULL },
  ])('when /dev/shm is $is: what workers share is in the temporary directory', async ({ shell }) => {
    const copyloop = await start(shell, newDirectory())
    for (let visits = 0; visits < 10; visits++) await visit(copyloop.address('web'))
    expect(copyloop.log.filter(({ level }) => level >= 40)).toEqual([])
    expect(copyloop.stderr).toBe('')
  })

  test.each([
    { is: 'read-only', shell: READ_ONLY },
    { is: 'full', shell: FULL },
  ])('when /dev/shm is $is and there is no temporary directory: without, and it says so once', async ({ shell }) => {
    const copyloop = await start(shell, '/nowhere/at/all')
    for (let visits = 0; visits < 10; visits++) await visit(copyloop.address('web'))
    expect(copyloop.log.filter(({ msg }) => msg.startsWith('workers cannot share memory'))).toHaveLength(1)
    expect(copyloop.stderr).toBe('')
  })

  test('without it each worker has an equal share of a limit', async () => {
    const server = await CountingServer.open()
    try {
      const copyloop = await start(FULL, '/nowhere/at/all', { maxConnections: 6 }, server.address)
      const address = copyloop.address('web')
      let refused = 0
      for (let clients = 0; clients < 100; clients++) open(address).on('close', () => (refused += 1))
      await until('each is served or refused', () => server.living.size + refused === 100)
      expect(server.highest).toBeLessThanOrEqual(6)
      const { workers } = await copyloop.untilStats(
        'they are reported',
        ({ totals }) => totals.connectionsActive === server.living.size,
      )
      for (const { connectionsActive } of workers) expect(connectionsActive).toBeLessThanOrEqual(3)
    } finally {
      await server.close()
    }
  })
})

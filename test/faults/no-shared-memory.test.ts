/** /dev/shm read-only or full, in a mount namespace of its own (unshare(1)). */
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, echoServer, visit } from '../e2e/support/echo.ts'
import { Copyloop, endAll, newDirectory, relayTo, writeConfig } from '../e2e/support/proxy.ts'
import { ENGINES } from '../support/engines.ts'
import { canUnshare, unsharing } from '../support/mounts.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const title = canUnshare ? '' : ' (skipped: no mount namespace can be had here)'

const READ_ONLY = 'mount -t tmpfs -o ro none /dev/shm'
const FULL = 'mount -t tmpfs -o size=4k none /dev/shm && head -c 4096 /dev/zero > /dev/shm/all'

describe.skipIf(!canUnshare).each(ENGINES)(`copyloop serves, engine $name${title},`, ({ name }) => {
  /** Starts copyloop below what the shell does in a mount namespace. */
  const start = async (shell: string, temporary: string): Promise<Copyloop> => {
    const file = writeConfig({ ...relayTo(await echoServer()), workers: 2, engine: name })
    return new Copyloop(['run', '-c', file], { TMPDIR: temporary }, undefined, unsharing(shell)).serving()
  }

  test.each([
    { is: 'read-only', shell: READ_ONLY },
    { is: 'full', shell: FULL },
  ])('when /dev/shm is $is: the loads are in the temporary directory', async ({ shell }) => {
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
    expect(copyloop.log.filter(({ msg }) => msg.startsWith('workers do not know'))).toHaveLength(
      name === 'kernel' ? 1 : 0,
    )
    expect(copyloop.stderr).toBe('')
  })
})

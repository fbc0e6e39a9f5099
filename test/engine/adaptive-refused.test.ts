/** Where the system gives no pipes, bulk goes through the buffer, and nobody hears of it. */
import { closeSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openKernelEngine } from '../../src/engine/kernel/kernel-engine.ts'
import { load } from '../../src/system/ffi.ts'
import { close, pipe, setPipeSize } from '../../src/system/libc.ts'
import { countPipes } from '../support/descriptors.ts'
import { canLimit, leaveDescriptors, restoreDescriptors } from '../support/limits.ts'
import { Random } from '../support/random.ts'
import { type Connection, RelayHarness } from '../support/relay-harness.ts'
import { until } from '../support/until.ts'
import { expectCompleted } from './contract/expectations.ts'

const MIB = 2 ** 20
const EMFILE = -24
const ROOT = 0
/** A user whose pipes nobody else opens or closes: other tests run at the same time, as the user of this one. */
const USER_OF_ITS_OWN = 100_000 + process.pid
/** Of a user's pipes beyond this, each has a page or two: fs.pipe-user-pages-soft is 64 of 1 MiB unless it was changed. */
const MORE_THAN_A_USER_MAY = 512

interface Open {
  readonly harness: RelayHarness
  readonly connections: readonly Connection[]
}

const withConnections = async (body: (open: Open) => Promise<void>): Promise<void> => {
  const harness = await RelayHarness.open(openKernelEngine())
  try {
    const connections = await Promise.all(Array.from({ length: 4 }, () => harness.connect()))
    await body({ harness, connections })
    for (const { client, upstream } of connections) {
      client.fin()
      upstream.fin()
    }
    for (const connection of connections) await expectCompleted(connection)
  } finally {
    await harness.close()
  }
}

/** Bulk both ways at once on every connection; all of it arrives and is right. */
const bulk = async ({ connections }: Open, size: number): Promise<void> => {
  await Promise.all(
    connections.map(async ({ client, upstream }, index) => {
      await Promise.all([client.sendAll(size, new Random(index)), upstream.sendAll(size, new Random(index + 9))])
      await until(
        'all of the bulk',
        () => upstream.received === client.sent && client.received === upstream.sent,
        20_000,
      )
      expect([client.wrongAt, upstream.wrongAt]).toEqual([undefined, undefined])
    }),
  )
}

describe.runIf(process.platform === 'linux')('the kernel engine', () => {
  const reason = canLimit() ? '' : ' (no prlimit here)'
  test.skipIf(reason)(
    `moves bulk without pipes while all descriptors are in use, and with them when there are some${reason}`,
    async () => {
      await withConnections(async (open) => {
        const pipes = countPipes()
        await withoutDescriptors(async () => {
          expect(pipe()).toBe(EMFILE)
          await bulk(open, 32 * MIB)
          expect(countPipes()).toBe(pipes)
        })
        // The engine asks again when some time has passed.
        const deadline = performance.now() + 20_000
        while (countPipes() === pipes && performance.now() < deadline) await bulk(open, 4 * MIB)
        expect(countPipes()).toBeGreaterThan(pipes)
      })
    },
    60_000,
  )

  const noRoot = process.geteuid?.() === ROOT ? '' : ' (only root can become a user of its own)'
  test.skipIf(noRoot)(
    `moves bulk without pipes while the user has more of them than it may (pipe-user-pages-soft)${noRoot}`,
    async (context) => {
      await withConnections(async (open) => {
        const refused = await asUserWithTooManyPipes(async () => {
          const pipes = countPipes()
          await bulk(open, 32 * MIB)
          expect(countPipes()).toBe(pipes)
        })
        if (!refused) context.skip('the system refuses no pipe')
      })
    },
    60_000,
  )
})

/** Leaves this process one descriptor, to look into /proc with: a pipe needs two. */
const withoutDescriptors = async (body: () => Promise<void>): Promise<void> => {
  const taken: number[] = []
  leaveDescriptors(process.pid, 50)
  try {
    useUpDescriptors(taken)
    closeSync(taken.pop() ?? -1)
    await body()
  } finally {
    // In this order: prlimit(1) is a process, which needs descriptors.
    for (const descriptor of taken) closeSync(descriptor)
    restoreDescriptors(process.pid)
  }
}

const useUpDescriptors = (taken: number[]): void => {
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error
  }
}

/**
 * Pipes are counted for the real user (pipe(7)), and without bounds for one with CAP_SYS_ADMIN, which root loses with its
 * effective user. The saved one brings both back.
 *
 * @returns false, without calling `body`, if the system goes on giving pipes
 */
const asUserWithTooManyPipes = async (body: () => Promise<void>): Promise<boolean> => {
  const taken: number[] = []
  become(USER_OF_ITS_OWN)
  try {
    if (!useUpPipes(taken)) return false
    await body()
    return true
  } finally {
    become(ROOT)
    for (const descriptor of taken) close(descriptor)
  }
}

/** setresuid(2), for which Node has no name: it can either keep the real user or never come back. */
const become = (user: number): void => {
  const setUsers = load('setresuid', 'int', 'uint', 'uint', 'uint')
  if (setUsers(user, user, ROOT) !== 0) throw new Error(`setresuid(${user}) failed`)
}

/** Opens pipes as large as the engine's until the system refuses, and says whether it did. */
const useUpPipes = (taken: number[]): boolean => {
  for (let count = 0; count < MORE_THAN_A_USER_MAY; count++) {
    const made = pipe()
    if (typeof made === 'number') return false
    taken.push(...made)
    if (setPipeSize(made[1], MIB) < 0 && setPipeSize(made[1], 64 * 1024) < 0) return true
  }
  return false
}

/** Where the system gives no pipes, bulk goes through the buffer, and nobody hears of it. */
import { closeSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openKernelEngine } from '../../src/engine/kernel/kernel-engine.ts'
import { close, pipe, setPipeSize } from '../../src/engine/kernel/libc.ts'
import { countPipes } from '../support/descriptors.ts'
import { canLimit, leaveDescriptors, restoreDescriptors } from '../support/limits.ts'
import { Random } from '../support/random.ts'
import { type Connection, RelayHarness } from '../support/relay-harness.ts'
import { until } from '../support/until.ts'
import { expectCompleted } from './contract/expectations.ts'

const MIB = 2 ** 20
const EMFILE = -24
/** Any user that is not root will do. */
const NOBODY = 65534
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

  test('moves bulk without pipes while the user has more of them than it may (pipe-user-pages-soft)', async (context) => {
    await withConnections(async (open) => {
      const refused = await asUserWithTooManyPipes(async () => {
        const pipes = countPipes()
        await bulk(open, 32 * MIB)
        expect(countPipes()).toBe(pipes)
      })
      if (!refused) context.skip('the system refuses this user no pipe')
    })
  }, 60_000)
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
 * Pipes are counted for the real user, which stays; of root, only the capabilities that the limit does not apply to go.
 *
 * @returns false, without calling `body`, if the system goes on giving pipes
 */
const asUserWithTooManyPipes = async (body: () => Promise<void>): Promise<boolean> => {
  const taken: number[] = []
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(NOBODY)
  try {
    if (!useUpPipes(taken)) return false
    await body()
    return true
  } finally {
    if (isRoot) process.seteuid?.(0)
    for (const descriptor of taken) close(descriptor)
  }
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

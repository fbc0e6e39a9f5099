/** What `copyloop top` asks of the admin, and how often. */
import { afterEach, expect, test } from 'vitest'
import { hasTmux } from '../support/tmux.ts'
import { until } from '../support/until.ts'
import { closeAll } from './support/echo.ts'
import { endAll } from './support/proxy.ts'
import { SlowAdmin } from './support/slow-admin.ts'
import { closeTerminals, startWatched, watch } from './support/watched.ts'

let slow: SlowAdmin | undefined

afterEach(async () => {
  closeTerminals()
  await slow?.close()
  await endAll()
  await closeAll()
})

const NAME = 'one question at a time, a round of them a second, and at once after a key'

test.skipIf(!hasTmux)(
  hasTmux ? NAME : `${NAME} (there is no tmux)`,
  async () => {
    const watched = await startWatched()
    const admin = await SlowAdmin.open(watched.admin, 200)
    slow = admin
    const { terminal } = await watch({ ...watched, admin: admin.address })
    const rounds = () => admin.asked.filter(({ path }) => path === '/stats')
    const begun = rounds().length
    await until('five rounds', () => rounds().length >= begun + 5, 30_000)
    const gaps = rounds()
      .slice(begun)
      .map(({ atMs }, at, all) => atMs - (all[at - 1]?.atMs ?? Number.NEGATIVE_INFINITY))
    expect(Math.min(...gaps)).toBeGreaterThan(900)

    const before = admin.asked.length
    terminal.press(...Array.from({ length: 10 }, () => ['b', 'i', 'a', 'r']).flat())
    await terminal.until('the last order', (screen) => screen.includes('of 3 by rate'))
    await until('it is asked for', () => admin.asked.at(-1)?.path.includes('sort=rate') === true)
    // Forty keys have not asked forty times.
    expect(admin.asked.length - before).toBeLessThan(30)
    expect(admin.mostAtOnce).toBe(1)
  },
  60_000,
)

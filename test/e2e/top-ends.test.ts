/** However `copyloop top` ends, the terminal is as it was before; and it outlives the admin that it asks. */
import { afterEach, describe, expect, test } from 'vitest'
import { hasTmux } from '../support/tmux.ts'
import { until } from '../support/until.ts'
import { closeAll } from './support/echo.ts'
import { inEach } from './support/preload.ts'
import { endAll, lives } from './support/proxy.ts'
import { closeTerminals, startWatched, TopRun, watch } from './support/watched.ts'

afterEach(async () => {
  closeTerminals()
  await endAll()
  await closeAll()
})

describe.skipIf(!hasTmux)(hasTmux ? 'in a terminal' : 'in a terminal (there is no tmux)', () => {
  test.each(['q', 'C-c'])(
    '%s ends it',
    async (key) => {
      const top = await watch(await startWatched())
      expect(top.terminal.isTaken).toBe(true)
      top.terminal.press(key)
      const screen = await top.untilEnded(0)
      // What was there before is there again, and nothing of the table.
      expect(screen).toContain('stty -a > $D/before')
      expect(screen).not.toContain('CLIENT')
    },
    60_000,
  )

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
  ] as const)(
    '%s ends it as it ends other programs',
    async (signal, status) => {
      const top = await watch(await startWatched(), { by: 'ulimit -c 0;' })
      process.kill(top.pid, signal)
      await top.untilEnded(status)
    },
    60_000,
  )

  test('a defect ends it, and is shown where it can be read', async () => {
    const environment = inEach("process.on('SIGUSR2', () => { throw new Error('a defect') })")
    const top = await watch(await startWatched(), { environment })
    process.kill(top.pid, 'SIGUSR2')
    expect(await top.untilEnded(1)).toContain('Error: a defect')
  }, 60_000)

  test.each([
    ['with a SIGHUP', ''],
    ['without a word', 'setsid --wait'],
  ])(
    'a terminal that goes %s ends it',
    async (_how, by) => {
      const top = await watch(await startWatched(), { by })
      const { pid } = top
      expect(lives(pid)).toBe(true)
      closeTerminals()
      await until('it has ended', () => !lives(pid))
    },
    60_000,
  )

  test('^Z gives the terminal to the shell, and fg goes on', async () => {
    const { terminal } = await watch(await startWatched())
    terminal.press('C-z')
    await terminal.until('the shell', (screen) => screen.includes('Stopped'))
    expect(terminal.isGivenBack).toBe(true)
    terminal.type('fg')
    terminal.press('Enter')
    await terminal.until('the table', (screen) => screen.includes('of 3 by age') && screen.includes('CLIENT'))
    expect(terminal.isTaken).toBe(true)
    terminal.press('b')
    await terminal.until('another order', (screen) => screen.includes('of 3 by bytes'))
  }, 60_000)

  test('an admin that goes away leaves its last picture, until it is back', async () => {
    const watched = await startWatched()
    const { terminal } = await watch(watched)
    watched.copyloop.signal('SIGKILL')
    const old = await terminal.until('that nobody answers', (screen) => screen.includes('no answer for '))
    expect(old).toContain('3 connections')
    expect(old).toContain(`: nothing listens on ${watched.admin}`)
    terminal.press('Down', 'k')
    await terminal.until('that keys work', (screen) => / kill \S+, 127\.0\.0\.2:/.test(screen))
    terminal.press('r')
    await terminal.until('what came of it', (screen) => /^ nothing listens on/m.test(screen))
    await watched.copyloop.exited
    await startWatched(watched.admin)
    await terminal.until('the new one', (screen) => !screen.includes('no answer') && screen.includes('3 connections'))
  }, 60_000)

  test('an admin that stands still is said to, and holds nobody up who quits', async () => {
    const watched = await startWatched()
    const top = await watch(watched)
    watched.copyloop.signal('SIGSTOP')
    await top.terminal.until('that nobody answers', (screen) => screen.includes('no answer for '))
    top.terminal.press('q')
    await top.untilEnded(0)
    watched.copyloop.signal('SIGCONT')
  }, 60_000)

  test('without a copyloop the terminal stays as it is', async () => {
    const top = new TopRun('127.0.0.1:1')
    expect(await top.untilEnded(1)).toContain('copyloop: nothing listens on 127.0.0.1:1; is copyloop running')
  }, 60_000)
})

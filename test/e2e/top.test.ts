/** `copyloop top` in a real terminal: what it shows, and what its keys do. */
import { afterEach, describe, expect, test } from 'vitest'
import { hasTmux, type TmuxTerminal } from '../support/tmux.ts'
import { closeAll, echo, endOf } from './support/echo.ts'
import { Copyloop, endAll } from './support/proxy.ts'
import { closeTerminals, startWatched, TopRun, watch } from './support/watched.ts'

afterEach(async () => {
  closeTerminals()
  await endAll()
  await closeAll()
})

/** The clients in the table, from top to bottom, and which of them is selected. */
const clientsIn = (screen: string): string[] =>
  screen.split('\n').flatMap((line) => /^[ >]127\.0\.0\.\d(?=:\d+ )/.exec(line)?.[0].trimStart() ?? [])

const untilClients = (terminal: TmuxTerminal, ...clients: string[]): Promise<string> =>
  terminal.until(`clients ${clients}`, (screen) => `${clientsIn(screen)}` === `${clients}`)

test('without a terminal it says what to do', async () => {
  const copyloop = new Copyloop(['top'])
  expect(await copyloop.exited).toBe(1)
  expect(copyloop.stderr).toBe('copyloop: top needs a terminal to draw on; without one, use copyloop connections\n')
  expect(copyloop.stdout).toBe('')
})

describe.skipIf(!hasTmux)(hasTmux ? 'in a terminal' : 'in a terminal (there is no tmux)', () => {
  test('80 columns have the proxy, its servers, the table and the keys; more columns have more of the table', async () => {
    const watched = await startWatched()
    const { terminal } = await watch(watched)
    expect(terminal.isTaken).toBe(true)
    const { lines } = terminal
    expect(lines[0]).toMatch(/^ copyloop \S+ {3}up \d+s {3}3 connections {3}\S+/)
    expect(lines[1]).toBe(' 1 of 1 servers in rotation')
    expect(lines[3]).toMatch(/^ CLIENT {17}SERVER +AGE +IDLE +BYTES +BYTES\/S$/)
    expect(lines[4]).toMatch(new RegExp(`^>127\\.0\\.0\\.1:\\d+ +${watched.server} +\\d+s +\\d+s +200 B +-$`))
    expect(lines.at(-1)).toBe(' a age  i idle  b bytes  r rate  / filter  k kill  enter explain  ? help  q quit')
    expect(lines.length).toBe(24)
    await terminal.until('a rate', (screen) => screen.includes('0 B/s up   0 B/s down'))

    terminal.resize(160, 50)
    const wide = await terminal.until('all columns', (screen) => screen.includes('ENDS BY'))
    expect(wide.split('\n').length).toBe(50)
    expect(wide).toMatch(/127\.0\.0\.2:\d+ +other +\S+ +relay .* idle in \d+m \d+s +\S+-[12]-\w+\n/)
    terminal.resize(42, 10)
    await terminal.until('few columns', (screen) => screen.includes('CLIENT') && !screen.includes('AGE'))
  }, 60_000)

  test('keys sort, select, filter and explain', async () => {
    const watched = await startWatched()
    const { terminal } = await watch(watched)
    await untilClients(terminal, '>127.0.0.1', '127.0.0.2', '127.0.0.3')
    terminal.press('b')
    await untilClients(terminal, '>127.0.0.3', '127.0.0.2', '127.0.0.1')
    terminal.press('Down')
    await untilClients(terminal, '127.0.0.3', '>127.0.0.2', '127.0.0.1')
    // A selected connection is followed.
    for (let round = 0; round < 2; round++) await echo(watched.sockets[1] ?? expect.fail(), 'y'.repeat(100_000))
    await untilClients(terminal, '>127.0.0.2', '127.0.0.3', '127.0.0.1')

    terminal.type('/')
    await terminal.until('what can be written', (screen) => screen.includes('web 10.0.0.0/8'))
    terminal.type('web 127.0.0.2')
    await terminal.until('what it means', (screen) => screen.includes('listener web, client 127.0.0.2 '))
    terminal.type('/31')
    terminal.press('Enter')
    await untilClients(terminal, '>127.0.0.3')
    expect(terminal.screen).toContain('1–1 of 1 by bytes, only listener web, client 127.0.0.2/31')
    terminal.type('/')
    terminal.press('C-u')
    terminal.press('Enter')
    await untilClients(terminal, '>127.0.0.2', '127.0.0.3', '127.0.0.1')

    terminal.press('Enter')
    const story = await terminal.until('the story', (screen) => screen.includes('the first byte was delivered'))
    expect(story).toMatch(/^ connection \S+, living, in phase relay$/m)
    expect(story).toMatch(/^ {6}127\.0\.0\.2:\d+ connected|127\.0\.0\.2:\d+ connected to listener other/m)
    watched.sockets[1]?.destroy()
    await terminal.until('how it goes on', (screen) => screen.includes('ended: '))
    terminal.press('q')
    await untilClients(terminal, '>127.0.0.3', '127.0.0.1')
    terminal.type('?')
    await terminal.until('help', (screen) => screen.includes('kill it; asks first'))
  }, 60_000)

  test.each([
    ['r', 'ECONNRESET', 'RST'],
    ['f', 'FIN', 'FIN'],
  ])(
    'k asks about a connection by its name, and %s ends it with %s',
    async (key, seen, said) => {
      const watched = await startWatched()
      const { terminal } = await watch(watched)
      const ended = watched.sockets.map(endOf)
      terminal.press('Down', 'k')
      const asked = await terminal.until('the question', (screen) => screen.includes(' → '))
      expect(asked).toMatch(new RegExp(`^ kill \\S+, 127\\.0\\.0\\.2:\\d+ → ${watched.server}\\?$`, 'm'))
      terminal.press('n')
      await untilClients(terminal, '127.0.0.1', '>127.0.0.2', '127.0.0.3')
      terminal.press('k')
      await terminal.until('the question', (screen) => screen.includes(' → '))
      terminal.press(key)
      await terminal.until('what came of it', (screen) => screen.includes(`was ended with a ${said} to both sides`))
      expect(await ended[1]).toBe(seen)
      await untilClients(terminal, '127.0.0.1', '>127.0.0.3')
      const { totals } = await watched.copyloop.untilStats(
        'it is counted',
        (stats) => stats.totals.outcomes.killed === 1,
      )
      expect(totals.connectionsActive).toBe(2)
    },
    60_000,
  )

  test('a terminal that cannot be drawn on gets the same words as none', async () => {
    const { terminal } = new TopRun('127.0.0.1:1', { by: 'TERM=dumb' })
    await terminal.until('what to do', (screen) => screen.includes('use copyloop connections'))
  }, 60_000)

  test('NO_COLOR is obeyed', async () => {
    const watched = await startWatched()
    const { terminal: coloured } = await watch(watched)
    expect(coloured.painted).toContain('\u001b[')
    const { terminal: plain } = await watch(watched, { environment: { NO_COLOR: '1' } })
    expect(plain.painted).not.toContain('\u001b[')
    expect(plain.painted).toContain('>127.0.0.1')
  }, 60_000)
})

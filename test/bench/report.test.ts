import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../../bench/paths.ts'
import { bestOf, type Data, ratioOf, spreadOf } from '../../bench/report/data.ts'
import { stringify } from '../../bench/report/files.ts'
import { renderPage } from '../../bench/report/page.ts'
import { number } from '../../bench/report/svg.ts'

/** CPU per unit, [round 1, round 2, round 3]; undefined: that run had an error. */
function dataWith(costs: Record<string, (number | undefined)[]>): Data {
  const peers = Object.keys(costs)
  return {
    machine: {
      date: '2025-01-01',
      node: 'v20.20.0',
      kernel: '6.1',
      distribution: 'Debian',
      cpu: 'a CPU',
      cores: 2,
      memoryGib: 4,
      loadBefore: '0 0 0',
      openFiles: '1024 / 4096',
      sysctls: {},
    },
    tools: {},
    rounds: 3,
    durations: { seconds: 3, warmUpSeconds: 1, settleSeconds: 0.3, idleSeconds: 32, idleWarmUps: 10 },
    quick: false,
    peers: peers.map((name) => ({ name, label: name, ours: name.startsWith('copyloop'), version: '1' })),
    works: [
      {
        name: 'connect',
        title: 'New connections',
        explain: 'Connect & ask.',
        unit: { name: '100k connections', size: 100_000 },
        throughput: { name: 'connections/s', size: 1 },
        headline: 'proxyCpu',
        loads: [],
      },
    ],
    samples: peers.flatMap((peer) =>
      (costs[peer] ?? []).map((proxyCpu, index) => ({
        round: index + 1,
        position: 0,
        work: 'connect',
        peer,
        seconds: 3,
        units: 1000,
        figures: { proxyCpu: proxyCpu ?? 0.001, perSecond: 333 },
        errors: proxyCpu === undefined ? ['3 × wrong answer'] : [],
        command: '',
      })),
    ),
  }
}

test('the median of an even number lies between the two in the middle', () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, lowest: 1, highest: 4, count: 4 })
  expect(spreadOf([])).toBeUndefined()
})

describe('ratios', () => {
  test('are formed within rounds: a machine that was slow for both changes nothing', () => {
    const data = dataWith({ 'copyloop-kernel': [2, 20, 4], nginx: [1, 10, 2] })
    expect(ratioOf(data, 'connect', 'proxyCpu', 'copyloop-kernel', 'nginx')).toMatchObject({ lowest: 2, highest: 2 })
  })

  test('leave out a round in which either had an error', () => {
    const data = dataWith({ 'copyloop-kernel': [2, undefined, 4], nginx: [1, 10, 2] })
    expect(ratioOf(data, 'connect', 'proxyCpu', 'copyloop-kernel', 'nginx')?.count).toBe(2)
  })

  test('the better of two is the one with the lower median', () => {
    const data = dataWith({ nginx: [1, 9, 9], haproxy: [3, 3, 3] })
    expect(bestOf(data, 'connect', 'proxyCpu', ['nginx', 'haproxy'])).toBe('haproxy')
  })
})

describe('the page', () => {
  test('says first where somebody else is better, and whether each goal is reached', () => {
    const page = renderPage(dataWith({ 'copyloop-kernel': [2, 2, 2], nginx: [1, 1, 1], haproxy: [4, 4, 4] })).markdown
    expect(page).toContain('nginx is better; we need 2 times as much')
    expect(page).not.toContain('haproxy is better')
    expect(page.indexOf('Where others are better')).toBeLessThan(page.indexOf('Results'))
    expect(page).toContain('| CPU of new connections | nginx | ≤ 1.25 | ≤ 1 | 2 (2–2) | **no** |')
  })

  test('calls equal what is within the noise of the rounds, and worse what is worse in most of them', () => {
    const lineFor = (ours: number[]): string =>
      renderPage(dataWith({ 'copyloop-kernel': ours, nginx: [1, 1, 1] })).markdown.match(
        /^- New connections.*$/m,
      )?.[0] ?? ''
    expect(lineFor([0.9, 1.004, 1.1])).toBe(
      '- New connections, CPU of the proxy: nginx is equal within noise; we need 0.9 to 1.1 times as much in single rounds.',
    )
    expect(lineFor([1.001, 1.002, 1.003])).toContain('nginx is equal within noise')
    expect(lineFor([0.99, 1.2, 1.3])).toContain('nginx is better; we need 1.2 times as much, though not in every round')
    expect(lineFor([1.01, 1.02, 1.03])).toContain('nginx is better; we need 1.02 times as much')
  })

  test('lists runs with errors and leaves them out of every figure', () => {
    const page = renderPage(dataWith({ 'copyloop-kernel': [2, 2, 2], nginx: [1, undefined, 1] })).markdown
    expect(page).toContain('- connect, nginx, round 2: 3 × wrong answer')
    expect(page).toContain('| nginx | 1 (1–1) |')
  })

  test('shows each contestant in a chart that is valid XML', () => {
    const svg = renderPage(dataWith({ 'copyloop-kernel': [2, 2, 2], 'a & b': [1, 1, 1] })).charts.get('connect.svg')
    expect(svg).toContain('a &amp; b')
    expect(svg).not.toMatch(/NaN|undefined| & /)
  })

  test('is made of the raw data alone', () => {
    const data = dataWith({ 'copyloop-kernel': [2, 2, 2], nginx: [1, 1, 1] })
    expect(renderPage(JSON.parse(stringify(data)) as Data)).toEqual(renderPage(data))
  })
})

test('numbers have three digits', () => {
  expect([0, 0.21449, 1.5, 12.345, 38_649].map(number)).toEqual(['0', '0.214', '1.5', '12.3', '38,600'])
})

const docs = join(projectRoot, 'docs')
const published = ['benchmarks', 'inspection-benchmarks'].filter((name) => existsSync(join(docs, `${name}.json`)))
test.each(published)('the published page %s and its charts are what the published raw data give', (name) => {
  const page = renderPage(JSON.parse(readFileSync(join(docs, `${name}.json`), 'utf8')) as Data)
  expect(page.name).toBe(name)
  expect(readFileSync(join(docs, `${name}.md`), 'utf8')).toBe(page.markdown)
  expect(readdirSync(join(docs, name)).sort()).toEqual([...page.charts.keys()].sort())
  for (const [file, svg] of page.charts) expect(readFileSync(join(docs, name, file), 'utf8')).toBe(svg)
})

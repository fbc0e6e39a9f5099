/** Every query of examples/grafana.json and examples/alerts.yaml, asked of a Prometheus that scrapes hosts in trouble. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { promtoolCheck } from '../support/promtool.ts'
import { closeAll } from './support/echo.ts'
import { hasPrometheus, Prometheus, withoutPrometheus } from './support/prometheus.ts'
import { endAll } from './support/proxy.ts'
import { openBusy, openDying, openStarved, openUnread, Troubles } from './support/troubled-hosts.ts'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] }
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] }
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

const DASHBOARD = 'examples/grafana.json'
const ALERTS = 'examples/alerts.yaml'
const dashboard: Dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8'))
const { groups }: { groups: readonly { rules: readonly Rule[] }[] } = parse(readFileSync(ALERTS, 'utf8'))
const rules = groups.flatMap((group) => group.rules)

/** What Grafana writes in the place of its variables, for a viewer who has chosen nothing. */
const VARIABLES = {
  $__rate_interval: '30s',
  $__range: '5m',
  $job: 'copyloop',
  $instance: '.*',
  $listener: '.*',
  $upstream: '.*',
}

const filledIn = (query: string): string =>
  Object.entries(VARIABLES).reduce((text, [variable, value]) => text.replaceAll(variable, value), query)

const panelQueries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, filledIn(expr)] as const),
)
const annotationQueries = dashboard.annotations.list.map(({ name, expr }) => [name, filledIn(expr)] as const)
/** `label_values(series, label)` is Grafana's, not Prometheus'. */
const variableQueries = dashboard.templating.list.flatMap(({ name, definition = '' }) => {
  const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? []
  return series === '' ? [] : [[name, `group by (${label}) (${filledIn(series)})`] as const]
})

describe.skipIf(!hasPrometheus)(`hosts in trouble${withoutPrometheus}`, () => {
  const troubles = new Troubles()
  let prometheus: Prometheus

  beforeAll(async () => {
    const hosts = [await openBusy(troubles), await openStarved(troubles), await openUnread(troubles), await openDying()]
    const addresses = hosts.map(({ copyloop }) => copyloop.adminAddress)
    const nobody = '127.0.0.1:1'
    prometheus = await Prometheus.scraping([...addresses, nobody], [resolve(ALERTS)])
    for (const address of addresses) await prometheus.query(`copyloop_build_info{instance="${address}"}`)
    for (const host of hosts) await host.worsen()
  }, 120_000)

  afterAll(async () => {
    await troubles.stop()
    await prometheus?.close()
    await endAll()
    await closeAll()
  }, 60_000)

  describe('the dashboard shows something', () => {
    test.each([...panelQueries, ...annotationQueries, ...variableQueries])(
      '%s: %s',
      async (_, query) => {
        expect((await prometheus.query(query, 60_000)).length).toBeGreaterThan(0)
      },
      60_000,
    )
  })

  describe('an alert has a reason', () => {
    test.each(rules.map(({ alert, expr }) => [alert, expr]))(
      '%s',
      async (_, expr) => {
        expect((await prometheus.query(expr, 60_000)).length).toBeGreaterThan(0)
      },
      60_000,
    )
  })

  test('each alert is raised, with whole sentences', async () => {
    const raised = new Map<string, string[]>()
    const all = rules.map(({ alert }) => alert)
    for (const began = performance.now(); raised.size < all.length && performance.now() - began < 60_000; ) {
      for (const { labels, annotations } of await prometheus.alerts()) {
        raised.set(labels.alertname ?? '', Object.values(annotations))
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    expect([...raised.keys()].toSorted()).toEqual(all.toSorted())
    // A label that an expression does not have leaves a gap.
    for (const text of [...raised.values()].flat()) expect(text).not.toMatch(/<|{{| {2}| [.,)]|\( |^ | $/)
  }, 90_000)
})

test.skipIf(!hasPrometheus)(`promtool accepts the rules${withoutPrometheus}`, () => {
  expect(promtoolCheck(['rules', ALERTS])).toMatchObject({ status: 0, stderr: '' })
})

test('each alert says how bad it is, and what to look at', () => {
  for (const { labels, annotations } of rules) {
    expect(['critical', 'warning']).toContain(labels.severity)
    expect(annotations.summary).not.toMatch(/\.$/)
    expect(annotations.description).toMatch(/\.$/)
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
})

test('each panel has a place of its own, and says what it shows', () => {
  const { panels } = dashboard
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  for (const { type, title, description, targets = [] } of panels) {
    if (type === 'row') continue
    expect([title, description]).toEqual([title, expect.stringMatching(/\.$/)])
    expect(targets.length, title).toBeGreaterThan(0)
  }
})

test('nothing that Grafana would fill in is left', () => {
  for (const [name, query] of [...panelQueries, ...annotationQueries, ...variableQueries])
    expect([name, query]).toEqual([name, expect.not.stringContaining('$')])
})

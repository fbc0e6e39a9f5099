/** Workers count and forget, the primary sums and forgets: together they must neither lose a count nor keep a name. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentNames } from '../../src/primary/recent-names.ts'
import { TotalsByWorker } from '../../src/primary/workers/totals-by-worker.ts'
import { NOTHING_SERVED, type ServingState } from '../../src/serving/state.ts'
import { LiveTotals } from '../../src/stats/live-totals.ts'
import { isServed } from '../../src/stats/served.ts'
import { asReported } from '../../src/stats/totals.ts'

const serving = (servers: readonly string[]): ServingState => {
  const upstream = { servers: new Map(servers.map((name) => [name, {}])) }
  const listeners = new Map(servers.length > 0 ? [['web', {}]] : [])
  return { ...NOTHING_SERVED, listeners, upstreams: new Map([['app', upstream]]) } as unknown as ServingState
}

/** A worker that follows what is served only when it is told to. */
class TestWorker {
  state = NOTHING_SERVED
  readonly totals = new LiveTotals((counted) => isServed(this.state, counted))
  readonly #living: string[] = []
  readonly id: number

  constructor(id: number) {
    this.id = id
  }

  apply(state: ServingState): void {
    this.state = state
    for (const name of state.listeners.keys()) this.totals.entry('listener', name)
    this.totals.reviewServed()
  }

  connect(server: string): void {
    if (!this.state.upstreams.get('app')?.servers.has(server)) return
    this.#count(server, 1)
    this.#living.push(server)
  }

  closeOne(): void {
    const server = this.#living.shift()
    if (server !== undefined) this.#count(server, -1)
  }

  closeAll(): void {
    for (const server of this.#living.splice(0)) this.#count(server, -1)
  }

  #count(server: string, change: 1 | -1): void {
    const web = this.totals.change(this.totals.entry('listener', 'web'))
    const counts = this.totals.change(this.totals.entry('server', 'app', server))
    for (const one of [web, counts]) one.connectionsActive += change
    if (change === -1) web.outcomes.completed = (web.outcomes.completed ?? 0) + 1
    else {
      web.connectionsAccepted += 1
      counts.connectionsTotal += 1
    }
  }
}

class TestHost {
  clockMs = 0
  state = serving([])
  ignored = 0
  readonly workers = [new TestWorker(1), new TestWorker(2)]
  readonly #watching: ((state: ServingState) => void)[] = []
  #lastId = 2
  readonly names = new RecentNames(
    {
      state: this.state,
      watch: (watch) => {
        this.#watching.push(watch)
      },
    },
    () => this.clockMs,
  )
  readonly sums = new TotalsByWorker(this.names, () => {
    this.ignored += 1
  })

  constructor() {
    for (const { id } of this.workers) this.sums.began(id)
  }

  worker = (at: number) => this.workers[at] as TestWorker

  serve(servers: readonly string[]): void {
    this.state = serving(servers)
    for (const watch of this.#watching) watch(this.state)
  }

  report(at: number): void {
    const { id, totals } = this.worker(at)
    const { changed, left } = totals.takeChanges()
    this.sums.report(id, structuredClone(changed.map(asReported)), structuredClone(left.map(asReported)))
  }

  die(at: number): void {
    this.sums.ended(this.worker(at).id, 'signal')
    this.#lastId += 1
    this.workers[at] = new TestWorker(this.#lastId)
    this.worker(at).apply(this.state)
    this.sums.began(this.#lastId)
  }

  /** Workers report twice a second. */
  pass(minutes: number): void {
    for (const at of [0, 1]) this.report(at)
    this.clockMs += minutes * 60_000
    this.names.forget()
    this.sums.forget()
  }

  /** What `/metrics` shows of servers, and the sum of all listeners. */
  shown(): Map<string, number> {
    const sum = this.sums.sum()
    const servers = sum.entries('server').filter((entry) => this.names.has(entry))
    const listeners = sum.entries('listener').map(({ counts }) => counts)
    return new Map([
      ['accepted', listeners.reduce((total, { connectionsAccepted }) => total + connectionsAccepted, 0)],
      ['completed', listeners.reduce((total, { outcomes }) => total + (outcomes.completed ?? 0), 0)],
      ...servers.map(({ names, counts }) => [names.join(' '), counts.connectionsTotal] as const),
    ])
  }
}

const SERVERS = ['a', 'b', 'c', 'd']
const worker = fc.nat({ max: 1 })
const server = fc.constantFrom(...SERVERS)

/** Something that happens to a host. */
const happening = fc.oneof(
  fc.oneof(fc.constant([]), fc.subarray(SERVERS)).map((servers) => (host: TestHost) => host.serve(servers)),
  worker.map((at) => (host: TestHost) => host.worker(at).apply(host.state)),
  fc.tuple(worker, server).map(
    ([at, to]) =>
      (host: TestHost) =>
        host.worker(at).connect(to),
  ),
  worker.map((at) => (host: TestHost) => host.worker(at).closeOne()),
  worker.map((at) => (host: TestHost) => host.report(at)),
  worker.map((at) => (host: TestHost) => host.die(at)),
  fc.nat({ max: 90 }).map((minutes) => (host: TestHost) => host.pass(minutes)),
)

test('whatever comes, goes, returns, dies and is forgotten: nothing falls while it is shown, and no report is refused', () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 20, maxLength: 120, size: 'max' }), (happenings) => {
      const host = new TestHost()
      host.serve(SERVERS)
      for (const at of [0, 1]) host.worker(at).apply(host.state)
      let before = host.shown()
      for (const happen of happenings) {
        happen(host)
        const after = host.shown()
        for (const [name, value] of after) expect([name, value]).toEqual([name, Math.max(value, before.get(name) ?? 0)])
        before = after
      }
      expect(host.ignored).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('of 10,000 servers that came and went nothing is left after an hour, in no process', () => {
  const host = new TestHost()
  for (let round = 0; round < 100; round++) {
    const servers = Array.from({ length: 100 }, (_, at) => `${round}.${at}`)
    host.serve(servers)
    for (const at of [0, 1]) {
      const one = host.worker(at)
      one.closeAll()
      one.apply(host.state)
      for (const name of servers) one.connect(name)
      host.report(at)
      expect(one.totals.all().length).toBeLessThan(110)
    }
    host.pass(1)
    expect(host.sums.sum().entries('server').length).toBeLessThan(2_200)
  }
  host.serve(['one'])
  for (const at of [0, 1]) {
    host.worker(at).closeAll()
    host.worker(at).apply(host.state)
    host.report(at)
    const left = host.worker(at).totals.all()
    expect(left.map(({ scope }) => scope)).toEqual(['listener'])
  }
  host.pass(61)
  expect(host.sums.sum().entries('server')).toEqual([])
  expect(Object.fromEntries(host.shown())).toEqual({ accepted: 20_000, completed: 20_000 })
})

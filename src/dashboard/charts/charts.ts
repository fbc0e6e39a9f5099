import { History } from '../model/history.ts'
import type { Stats } from '../model/stats.ts'
import { byteRate, perSecond, wholeCount } from '../text/units.ts'
import { ChartCard } from './chart-card.ts'

const cards = (): readonly ChartCard[] => [
  new ChartCard({
    title: 'Throughput',
    readings: [
      { name: 'bytesToClient', title: 'to clients', quantity: byteRate, line: { colour: '--line-1', look: 'area' } },
      { name: 'bytesToUpstream', title: 'to servers', quantity: byteRate, line: { colour: '--line-2', look: 'line' } },
    ],
    least: 1_000,
  }),
  new ChartCard({
    title: 'Connections',
    readings: [
      { name: 'connections', title: 'open', quantity: wholeCount, line: { colour: '--line-1', look: 'area' } },
      { name: 'accepted', title: 'new', quantity: perSecond },
    ],
    least: 4,
  }),
  new ChartCard({
    title: 'Ended connections',
    readings: [
      { name: 'failed', title: 'failed', isBad: true, quantity: perSecond, line: { colour: '--bad', look: 'fill' } },
      { name: 'cutShort', title: 'cut short', quantity: perSecond, line: { colour: '--line-3', look: 'fill' } },
      { name: 'completed', title: 'completed', quantity: perSecond, line: { colour: '--line-1', look: 'area' } },
    ],
    isStacked: true,
    least: 1,
  }),
]

/** The charts at the top of the page, and what they remember. */
export class Charts {
  readonly #history: History
  readonly #cards = cards()

  /** @param rateSeconds the time that a rate is of */
  constructor(place: HTMLElement, rateSeconds: number) {
    this.#history = new History(rateSeconds)
    place.append(...this.#cards.map(({ root }) => root))
  }

  show(stats: Stats): void {
    this.#history.add(stats, Date.now() / 1000)
    for (const card of this.#cards) card.show(this.#history)
  }
}

import { type OutcomeRow, outcomeRows } from '../model/rows.ts'
import type { Stats } from '../model/stats.ts'
import { countText } from '../text/units.ts'
import { DataTable } from '../view/data-table.ts'
import { stateMark } from '../view/state-mark.ts'

/** How connections have ended. */
export class Outcomes {
  #seconds = 0
  readonly #table = new DataTable<OutcomeRow>({
    caption: 'How connections ended',
    columns: [
      { title: 'Outcome', kind: 'name', text: ({ outcome }) => outcome },
      { title: 'Kind', kind: 'text', view: () => stateMark(({ kind }) => KIND_WORDS[kind]) },
      { title: () => latelyTitle(this.#seconds), kind: 'number', text: ({ lately }) => countText(lately) },
      { title: 'Total', kind: 'number', text: ({ total }) => countText(total) },
    ],
    keyOf: ({ outcome }) => outcome,
    empty: 'No connection has ended yet.',
  })

  constructor(place: HTMLElement) {
    place.append(this.#table.root)
  }

  /** @param lately the state of up to a minute ago, and how long ago it was: at first the page has seen less */
  show(stats: Stats, { earlier, seconds }: { readonly earlier: Stats | undefined; readonly seconds: number }): void {
    this.#seconds = seconds
    this.#table.show(outcomeRows(stats, earlier))
  }
}

const latelyTitle = (seconds: number): string =>
  seconds < 60 ? `Last ${Math.max(1, Math.round(seconds))} s` : 'Last minute'

const KIND_WORDS = { completed: 'completed', cutShort: 'cut short', failed: 'failed' } as const

import { type OutcomeRow, outcomeRows } from '../model/rows.ts'
import type { Stats } from '../model/stats.ts'
import { countText } from '../text/units.ts'
import { DataTable } from '../view/data-table.ts'
import { stateMark } from '../view/state-mark.ts'

/** How connections have ended. */
export class Outcomes {
  readonly #table = new DataTable<OutcomeRow>({
    caption: 'How connections ended',
    columns: [
      { title: 'Outcome', kind: 'name', text: ({ outcome }) => outcome },
      { title: 'Kind', kind: 'text', view: () => stateMark(({ kind }) => KIND_WORDS[kind]) },
      { title: 'Last minute', kind: 'number', text: ({ lately }) => countText(lately) },
      { title: 'Total', kind: 'number', text: ({ total }) => countText(total) },
    ],
    keyOf: ({ outcome }) => outcome,
    empty: 'No connection has ended yet.',
  })

  constructor(place: HTMLElement) {
    place.append(this.#table.root)
  }

  show(stats: Stats, earlier: Stats | undefined): void {
    this.#table.show(outcomeRows(stats, earlier))
  }
}

const KIND_WORDS = { completed: 'completed', cutShort: 'cut short', failed: 'failed' } as const

import type { Stats, WorkerStats } from '../model/stats.ts'
import { bytesText, countText, durationText, UNKNOWN } from '../text/units.ts'
import { DataTable } from '../view/data-table.ts'
import { stateMark } from '../view/state-mark.ts'

export class Workers {
  readonly #table = new DataTable<WorkerStats>({
    caption: 'Workers',
    columns: [
      { title: 'Worker', kind: 'name', text: ({ id }) => String(id) },
      { title: 'State', kind: 'text', view: () => stateMark(({ state }) => state) },
      { title: 'Process', kind: 'number', text: ({ pid }) => String(pid) },
      { title: 'Engine', kind: 'text', text: ({ engine }) => engine ?? UNKNOWN },
      { title: 'Connections', kind: 'number', text: ({ connectionsActive }) => countText(connectionsActive) },
      { title: 'Memory', kind: 'number', text: ({ rssBytes }) => bytesText(rssBytes) },
      { title: 'Loop delay', kind: 'number', text: ({ eventLoopDelayP99Ms }) => durationText(eventLoopDelayP99Ms) },
    ],
    keyOf: ({ id }) => String(id),
    toneOf: ({ state }) => (state === 'serving' ? undefined : state),
    empty: 'There is no worker.',
  })

  constructor(place: HTMLElement) {
    place.append(this.#table.root)
  }

  show({ workers }: Stats): void {
    this.#table.show(workers)
  }
}

import { type ListenerRow, listenerRows } from '../model/rows.ts'
import type { Stats } from '../model/stats.ts'
import { byteRateText, countText, rateText } from '../text/units.ts'
import { DataTable } from '../view/data-table.ts'

export class Listeners {
  readonly #table = new DataTable<ListenerRow>({
    caption: 'Listeners',
    columns: [
      { title: 'Listener', kind: 'name', text: ({ listener }) => listener },
      { title: 'Connections', kind: 'number', text: ({ connectionsActive }) => countText(connectionsActive) },
      { title: 'New', kind: 'number', text: ({ newPerSecond }) => rateText(newPerSecond) },
      { title: 'To servers', kind: 'number', text: ({ toUpstreamPerSecond }) => byteRateText(toUpstreamPerSecond) },
      { title: 'To clients', kind: 'number', text: ({ toClientPerSecond }) => byteRateText(toClientPerSecond) },
      { title: 'Accepted', kind: 'number', text: ({ connectionsAccepted }) => countText(connectionsAccepted) },
    ],
    keyOf: ({ listener }) => listener,
    empty: 'There is no listener.',
  })

  constructor(place: HTMLElement) {
    place.append(this.#table.root)
  }

  show(stats: Stats, before: Stats | undefined): void {
    this.#table.show(listenerRows(stats, before))
  }
}

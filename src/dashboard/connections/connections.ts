import { type Admin, errorIn } from '../admin/admin.ts'
import { reaching } from '../admin/reaching.ts'
import { type ConnectionList, type LivingConnection, queryPath } from '../model/connections.ts'
import type { Stats } from '../model/stats.ts'
import { countText, plural } from '../text/units.ts'
import { DataTable } from '../view/data-table.ts'
import { element, setText } from '../view/element.ts'
import { connectionColumns } from './columns.ts'
import { explain } from './explain.ts'
import { Filters, idField } from './filters.ts'
import { killConnection } from './kill.ts'

const EVERY_MS = 2_000

/** The living connections, asked for while somebody sees the table. */
export class Connections {
  readonly #admin: Admin
  readonly #place: HTMLElement
  readonly #filters = new Filters(() => this.#refresh())
  readonly #trouble = element('p', { class: 'trouble', role: 'alert' })
  readonly #summary = element('p', { class: 'summary' })
  readonly #table: DataTable<LivingConnection>
  #isSeen = false
  #asked = 0

  constructor(place: HTMLElement, admin: Admin) {
    this.#place = place
    this.#admin = admin
    this.#table = new DataTable({
      caption: 'Living connections',
      columns: connectionColumns({
        onExplain: ({ connectionId }) => explain(admin, connectionId),
        onKill: (connection) => killConnection(admin, connection, () => this.#refresh()),
      }),
      keyOf: ({ connectionId }) => connectionId,
      empty: 'No connection matches.',
    })
    this.#table.root.hidden = true
    const controls = element(
      'div',
      { class: 'controls' },
      this.#filters.root,
      idField((id) => explain(admin, id)),
    )
    place.append(controls, this.#trouble, this.#summary, this.#table.root)
    new IntersectionObserver(([entry]) => {
      this.#isSeen = entry?.isIntersecting ?? false
      if (this.#isSeen) this.#refresh()
    }).observe(place)
    setInterval(() => {
      // Rows must not move away under a dialog that is about one of them.
      if (this.#isSeen && !document.hidden && document.querySelector('dialog[open]') === null) this.#refresh()
    }, EVERY_MS)
  }

  offer(stats: Stats): void {
    this.#filters.offer(stats)
  }

  /** Scrolls to those of one server. */
  showServer(server: string): void {
    this.#filters.chooseServer(server)
    this.#place.scrollIntoView()
    this.#refresh()
  }

  #refresh(): void {
    void this.#ask()
  }

  async #ask(): Promise<void> {
    this.#asked += 1
    const number = this.#asked
    const trouble = await reaching(async () => {
      const answer = await this.#admin.ask('GET', queryPath(this.#filters.query))
      // Only the answer to the last question is shown.
      if (number !== this.#asked) return undefined
      if (answer.status !== 200) return errorIn(answer)
      this.#show(answer.body as ConnectionList)
      return undefined
    })
    setText(this.#trouble, trouble ?? '')
    if (trouble !== undefined) this.#table.root.hidden = true
    this.#summary.hidden = trouble !== undefined
  }

  #show({ total, returned, partial, connections }: ConnectionList): void {
    this.#table.show(connections)
    this.#table.root.hidden = false
    const part = returned < total ? `the first ${countText(returned)} of ` : ''
    const silent = partial ? '; a worker did not answer, its connections are missing' : ''
    setText(this.#summary, `${part}${plural(total, 'connection')}${silent}`)
  }
}

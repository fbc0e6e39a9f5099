import { type Past, type ServerRow, type UpstreamGroup, upstreamGroups } from '../model/server-rows.ts'
import { isInRotation } from '../model/server-states.ts'
import type { Stats } from '../model/stats.ts'
import { countText, plural } from '../text/units.ts'
import { DataTable } from '../view/data-table.ts'
import { element, setText } from '../view/element.ts'
import { KeyedList, type View } from '../view/keyed-list.ts'
import { type ServerActions, serverColumns } from './server-columns.ts'

/** Of more servers in rotation only these are shown, until somebody wants all. */
const MOST_IN_ROTATION = 20

const toneOf = ({ state, dialFailuresLately }: ServerRow): string | undefined => {
  if (!isInRotation(state)) return state
  return dialFailuresLately > 0 ? 'failing' : undefined
}

const groupView = ({ upstream }: UpstreamGroup, actions: ServerActions): View<UpstreamGroup> => {
  const summary = element('span', { class: 'summary' })
  const table = new DataTable<ServerRow>({
    caption: `Servers of ${upstream}`,
    columns: serverColumns(actions),
    keyOf: ({ server }) => server,
    toneOf,
    empty: 'This upstream has no servers.',
  })
  const more = element('button', { type: 'button', class: 'more' })
  let shown: UpstreamGroup | undefined
  let most = MOST_IN_ROTATION
  const show = (group: UpstreamGroup): void => {
    shown = group
    setText(summary, summaryOf(group))
    let places = most
    const rows = group.rows.filter(({ state }) => !isInRotation(state) || places-- > 0)
    table.show(rows)
    more.hidden = rows.length === group.rows.length
    setText(more, `Show ${plural(group.rows.length - rows.length, 'more server')}`)
  }
  more.addEventListener('click', () => {
    most = Number.POSITIVE_INFINITY
    if (shown) show(shown)
  })
  return { root: element('div', { class: 'group' }, element('h3', {}, upstream, summary), table.root, more), show }
}

const summaryOf = ({ inRotation, total, queued, discovery }: UpstreamGroup): string =>
  [
    `${countText(inRotation)} of ${countText(total)} in rotation`,
    ...(queued > 0 ? [plural(queued, 'client waits', 'clients wait')] : []),
    ...(discovery && discovery.state !== 'ok' ? [`names: ${discovery.state}`] : []),
  ].join(' · ')

/** The upstreams with their servers. */
export class Servers {
  readonly #groups: KeyedList<UpstreamGroup>

  constructor(place: HTMLElement, actions: ServerActions) {
    const groups = element('div')
    place.append(groups)
    this.#groups = new KeyedList(
      groups,
      ({ upstream }) => upstream,
      (group) => groupView(group, actions),
    )
  }

  show(stats: Stats, past: Past): void {
    this.#groups.show(upstreamGroups(stats, past))
  }
}

import { type Past, type ServerRow, type UpstreamGroup, upstreamGroups } from '../model/server-rows.ts'
import { isInRotation } from '../model/server-states.ts'
import type { Stats } from '../model/stats.ts'
import { byteRateText, countText, durationText, plural, rateText, UNKNOWN } from '../text/units.ts'
import { type Column, DataTable } from '../view/data-table.ts'
import { element, setText } from '../view/element.ts'
import { KeyedList, type View } from '../view/keyed-list.ts'
import { stateMark } from '../view/state-mark.ts'
import { twoLines } from '../view/two-lines.ts'

/** Of more servers in rotation only these are shown, until somebody wants all. */
const MOST_IN_ROTATION = 20

export interface ServerActions {
  /** Somebody wants to set this server by hand. */
  onSet(row: ServerRow): void
  /** Somebody wants to see its connections. */
  onConnections(row: ServerRow): void
}

const columns = ({ onSet, onConnections }: ServerActions): Column<ServerRow>[] => [
  { title: 'State', kind: 'text', view: () => stateMark(({ state }) => state) },
  { title: 'Server', kind: 'name', view: () => twoLines(({ server }) => server, reasonOf) },
  {
    title: 'Connections',
    kind: 'number',
    view: (row) =>
      buttonView(row, onConnections, ({ connectionsActive }) => countText(connectionsActive), 'connections of'),
  },
  { title: 'New', kind: 'number', text: ({ newPerSecond }) => rateText(newPerSecond) },
  { title: 'To server', kind: 'number', text: ({ toUpstreamPerSecond }) => byteRateText(toUpstreamPerSecond) },
  { title: 'To clients', kind: 'number', text: ({ toClientPerSecond }) => byteRateText(toClientPerSecond) },
  {
    title: 'Failed dials',
    kind: 'number',
    view: () => twoLines(({ dialFailures }) => countText(dialFailures), lately),
  },
  { title: 'Checks', kind: 'number', view: () => twoLines(checkTime, checkFailures) },
  { title: 'Weight', kind: 'number', text: ({ weight }) => countText(weight) },
  { title: 'By hand', kind: 'actions', view: (row) => buttonView(row, onSet, () => 'Set…', 'set') },
]

/** Why it is in its state, where that is not what one expects. */
const reasonOf = ({ state, stateReason, ejectedForMs }: ServerRow): string => {
  if (isInRotation(state)) return ''
  return state === 'ejected' && ejectedForMs !== null
    ? `${stateReason}; for ${durationText(ejectedForMs)}`
    : stateReason
}

const lately = ({ dialFailuresLately }: ServerRow): string =>
  dialFailuresLately === 0 ? '' : `${countText(dialFailuresLately)} in a minute`

const checkTime = ({ lastCheckMs }: ServerRow): string => (lastCheckMs === null ? UNKNOWN : durationText(lastCheckMs))

const checkFailures = ({ checks }: ServerRow): string =>
  checks.failed === 0 ? '' : `${countText(checks.failed)} failed`

const buttonView = (
  first: ServerRow,
  onClick: (row: ServerRow) => void,
  textOf: (row: ServerRow) => string,
  does: string,
): View<ServerRow> => {
  let current = first
  const root = element('button', { type: 'button', class: 'quiet' })
  root.addEventListener('click', () => onClick(current))
  return {
    root,
    show: (row) => {
      current = row
      const text = textOf(row)
      setText(root, text)
      root.setAttribute('aria-label', `${text}: ${does} ${row.server}`)
    },
  }
}

const toneOf = ({ state, dialFailuresLately }: ServerRow): string | undefined => {
  if (!isInRotation(state)) return state
  return dialFailuresLately > 0 ? 'failing' : undefined
}

const groupView = (actions: ServerActions): View<UpstreamGroup> => {
  const [name, summary] = [element('span'), element('span', { class: 'summary' })]
  const table = new DataTable<ServerRow>({
    caption: 'Servers of an upstream',
    columns: columns(actions),
    keyOf: ({ server }) => server,
    toneOf,
    empty: 'This upstream has no servers.',
  })
  const more = element('button', { type: 'button', class: 'more' })
  let shown: UpstreamGroup | undefined
  let most = MOST_IN_ROTATION
  const show = (group: UpstreamGroup): void => {
    shown = group
    setText(name, group.upstream)
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
  return { root: element('div', { class: 'group' }, element('h3', {}, name, summary), table.root, more), show }
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
      () => groupView(actions),
    )
  }

  show(stats: Stats, past: Past): void {
    this.#groups.show(upstreamGroups(stats, past))
  }
}

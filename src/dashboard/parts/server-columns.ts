import type { ServerRow } from '../model/server-rows.ts'
import { isInRotation } from '../model/server-states.ts'
import { byteRateText, countText, durationText, rateText, UNKNOWN } from '../text/units.ts'
import type { Column } from '../view/data-table.ts'
import { element, setAttribute, setText } from '../view/element.ts'
import type { View } from '../view/keyed-list.ts'
import { stateMark } from '../view/state-mark.ts'
import { twoLines, withNote } from '../view/two-lines.ts'

export interface ServerActions {
  /** Somebody wants to set this server by hand. */
  onSet(row: ServerRow): void
  /** Somebody wants to see its connections. */
  onConnections(row: ServerRow): void
}

export const serverColumns = ({ onSet, onConnections }: ServerActions): Column<ServerRow>[] => [
  { title: 'State', kind: 'text', view: () => stateMark(({ state }) => state) },
  { title: 'Server', kind: 'name', view: () => twoLines(({ server }) => server, reasonOf) },
  {
    title: 'Connections',
    kind: 'number',
    view: (row) => withNote(buttonView(row, onConnections, connectionsOf, 'connections of'), limitOf),
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
  { title: 'Weight', kind: 'number', view: () => twoLines(({ weight }) => countText(weight), tierOf) },
  { title: 'By hand', kind: 'actions', view: (row) => buttonView(row, onSet, () => 'Set…', 'set') },
]

/** Why it is in its state, where that is not what one expects. */
const reasonOf = ({ state, stateReason, ejectedForMs }: ServerRow): string => {
  if (isInRotation(state)) return ''
  return state === 'ejected' && ejectedForMs !== null
    ? `${stateReason}; for ${durationText(ejectedForMs)}`
    : stateReason
}

const connectionsOf = ({ connectionsActive }: ServerRow): string => countText(connectionsActive)

const limitOf = ({ maxConnections }: ServerRow): string =>
  maxConnections === null ? '' : `of ${countText(maxConnections)}`

const tierOf = ({ backup }: ServerRow): string => (backup ? 'backup' : '')

const lately = ({ dialFailuresLately }: ServerRow): string =>
  dialFailuresLately === 0 ? '' : `${countText(dialFailuresLately)} lately`

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
      setAttribute(root, 'aria-label', `${text}: ${does} ${row.server}`)
    },
  }
}

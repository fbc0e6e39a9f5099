import type { LivingConnection } from '../model/connections.ts'
import { byteRateText, bytesText, durationText, UNKNOWN } from '../text/units.ts'
import type { Column } from '../view/data-table.ts'
import { element, setAttribute, setText } from '../view/element.ts'
import type { View } from '../view/keyed-list.ts'
import { twoLines } from '../view/two-lines.ts'

interface ConnectionActions {
  onExplain(connection: LivingConnection): void
  onKill(connection: LivingConnection): void
}

export const connectionColumns = ({ onExplain, onKill }: ConnectionActions): Column<LivingConnection>[] => [
  { title: 'Client', kind: 'name', view: (first) => clientView(first, onExplain) },
  {
    title: 'Server',
    kind: 'text',
    view: () =>
      twoLines(
        ({ server }) => server ?? UNKNOWN,
        ({ listener }) => `by ${listener}`,
      ),
  },
  {
    title: 'Phase',
    kind: 'text',
    view: () =>
      twoLines(
        ({ phase }) => phase,
        ({ worker }) => `worker ${worker}`,
      ),
  },
  { title: 'Age', kind: 'number', text: ({ ageMs }) => durationText(ageMs) },
  { title: 'Idle', kind: 'number', view: () => twoLines(({ idleMs }) => durationText(idleMs), nextEnd) },
  {
    title: 'To server',
    kind: 'number',
    view: () =>
      twoLines(
        ({ bytesPerSecondToUpstream }) => byteRateText(bytesPerSecondToUpstream),
        ({ bytesToUpstream }) => bytesText(bytesToUpstream),
      ),
  },
  {
    title: 'To client',
    kind: 'number',
    view: () =>
      twoLines(
        ({ bytesPerSecondToClient }) => byteRateText(bytesPerSecondToClient),
        ({ bytesToClient }) => bytesText(bytesToClient),
      ),
  },
  { title: 'Kill', kind: 'actions', view: (first) => killView(first, onKill) },
]

/** What would end it, and when. */
const nextEnd = ({ nextClock }: LivingConnection): string =>
  nextClock ? `${nextClock.clock} in ${durationText(nextClock.inMs)}` : ''

const clientView = (
  first: LivingConnection,
  onExplain: (connection: LivingConnection) => void,
): View<LivingConnection> => {
  let current = first
  const name = element('button', { type: 'button', class: 'quiet upper' })
  name.addEventListener('click', () => onExplain(current))
  const id = element('span', { class: 'lower' })
  return {
    root: element('div', { class: 'two' }, name, id),
    show: (connection) => {
      current = connection
      setText(name, connection.client)
      setAttribute(name, 'aria-label', `${connection.client}: explain connection ${connection.connectionId}`)
      setText(id, connection.connectionId)
    },
  }
}

const killView = (first: LivingConnection, onKill: (connection: LivingConnection) => void): View<LivingConnection> => {
  let current = first
  const root = element('button', { type: 'button', class: 'quiet' }, 'Kill…')
  root.addEventListener('click', () => onKill(current))
  return {
    root,
    show: (connection) => {
      current = connection
      setAttribute(root, 'aria-label', `Kill… the connection of ${connection.client}`)
    },
  }
}

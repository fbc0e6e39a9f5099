/** Which columns are shown, and how wide: by the width of the screen and the names in the config, so that they stand still. */
import { CONNECTION_COLUMNS, type ConnectionColumnName } from '../../screen/connection-columns.ts'
import { GAP } from '../../screen/table.ts'
import type { TopState } from '../state/state.ts'
import { MARGIN } from './margin.ts'

type Layout = readonly ConnectionColumnName[]

/** What every screen of 80 columns has room for. */
const USUAL: Layout = ['client', 'serverOrPhase', 'age', 'idle', 'bytes', 'rate']

/** The first that fits with every name whole. */
const WIDE: readonly Layout[] = [
  ['client', 'listener', 'server', 'phase', 'age', 'idle', 'up', 'down', 'upRate', 'downRate', 'endsBy', 'id'],
  ['client', 'listener', 'server', 'phase', 'age', 'idle', 'up', 'down', 'upRate', 'downRate', 'endsBy'],
  ['client', 'listener', 'server', 'phase', 'age', 'idle', 'up', 'down', 'upRate', 'downRate'],
  ['client', 'listener', 'server', 'phase', 'age', 'idle', 'bytes', 'rate'],
  ['client', 'server', 'phase', 'age', 'idle', 'bytes', 'rate'],
  USUAL,
]

const NARROWEST: Layout = ['client', 'idle', 'rate']
/** Otherwise the first that fits with names cut. */
const NARROW: readonly Layout[] = [USUAL, ['client', 'age', 'idle', 'bytes', 'rate'], NARROWEST]

type Widths = Readonly<Record<ConnectionColumnName, number>>

/** These grow with their names up to so many characters. */
const WIDEST = { client: 47, listener: 24, server: 40 }

interface PlacedColumn {
  readonly name: ConnectionColumnName
  readonly width: number
}

/** The columns from left to right. */
export const layoutOf = (state: TopState): PlacedColumn[] => {
  const room = state.size.columns - MARGIN.length
  const whole = wholeWidths(state)
  const layout =
    WIDE.find((names) => total(names, whole) <= room) ??
    NARROW.find((names) => total(names, LEAST) <= room) ??
    NARROWEST
  const widths = { ...LEAST }
  let spare = room - total(layout, LEAST)
  // A server is looked for by its name, so that is cut last.
  for (const name of [...layout].reverse()) {
    const more = Math.max(0, Math.min(spare, whole[name] - widths[name]))
    widths[name] += more
    spare -= more
  }
  return layout.map((name) => ({ name, width: widths[name] }))
}

const LEAST = Object.fromEntries(Object.entries(CONNECTION_COLUMNS).map(([name, { width }]) => [name, width])) as Widths

const wholeWidths = ({ longestClient, stats }: TopState): Widths => {
  const servers = Object.values(stats?.upstreams ?? {}).flatMap(({ servers }) => Object.keys(servers))
  const server = widthFor(servers, LEAST.server, WIDEST.server)
  return {
    ...LEAST,
    client: Math.min(WIDEST.client, Math.max(LEAST.client, longestClient)),
    listener: widthFor(Object.keys(stats?.listeners ?? {}), LEAST.listener, WIDEST.listener),
    server,
    serverOrPhase: server,
  }
}

const widthFor = (names: readonly string[], least: number, most: number): number =>
  Math.min(most, Math.max(least, ...names.map((name) => name.length)))

const total = (layout: Layout, widths: Widths): number =>
  layout.reduce((sum, name) => sum + widths[name], GAP.length * (layout.length - 1))

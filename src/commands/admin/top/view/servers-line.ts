import type { Stats } from '../../../../primary/admin/stats-answer.ts'
import { isInRotation } from '../../../../serving/rotation.ts'
import { stateCell } from '../../screen/state-cell.ts'
import type { Cell, Line } from '../../screen/table.ts'
import { count } from '../../screen/units.ts'
import { MARGIN } from './margin.ts'

/** How many servers are in rotation, and as many names of the others as there is room for: those that are down first. */
export const serversLine = (upstreams: Stats['upstreams'], columns: number): Line => {
  const all = Object.entries(upstreams).flatMap(([upstream, { servers }]) =>
    Object.entries(servers).map(([name, server]) => ({ ...server, name: `${upstream} ${name}` })),
  )
  const out = all
    .filter((server) => !isInRotation(server))
    .sort((one, other) => Number(other.state === 'down') - Number(one.state === 'down'))
  const counted = `${count(all.length - out.length).text} of ${count(all.length).text} servers in rotation`
  if (out.length === 0) return [{ text: counted }]
  const named = out.map(({ name, state, stateReason }): Cell => {
    const reason = out.length === 1 ? `: ${stateReason}` : ''
    return { ...stateCell(state), text: `${name} ${state}${reason}` }
  })
  const begin = `${counted}   `
  return [{ text: begin }, ...fitting(named, columns - MARGIN.length - begin.length)]
}

/** At least the first, and what there is room for; then how many more there are. */
const fitting = ([first, ...others]: readonly Cell[], room: number): Line => {
  const line = first === undefined ? [] : [first]
  let used = first?.text.length ?? 0
  for (const [at, cell] of others.entries()) {
    const [next, left] = [used + 2 + cell.text.length, others.length - at - 1]
    if (next + (left > 0 ? moreText(left).length : 0) > room) return [...line, { text: moreText(left + 1) }]
    line.push({ text: ', ' }, cell)
    used = next
  }
  return line
}

const moreText = (servers: number): string => `, and ${count(servers).text} more`

import { expect, test } from 'vitest'
import { CONNECTION_COLUMNS } from '../../../../../src/commands/admin/screen/connection-columns.ts'
import { layoutOf } from '../../../../../src/commands/admin/top/view/layout.ts'
import { answer, connection, list, tableOf, upstreams } from '../states.ts'

const titles = (columns: number): string =>
  layoutOf(tableOf(1, columns))
    .map(({ name }) => CONNECTION_COLUMNS[name].title)
    .join(' ')

// The table of docs/connections.md.
test.each([
  [40, 'CLIENT IDLE BYTES/S'],
  [57, 'CLIENT AGE IDLE BYTES BYTES/S'],
  [73, 'CLIENT SERVER AGE IDLE BYTES BYTES/S'],
  [82, 'CLIENT SERVER PHASE AGE IDLE BYTES BYTES/S'],
  [92, 'CLIENT LISTENER SERVER PHASE AGE IDLE BYTES BYTES/S'],
  [107, 'CLIENT LISTENER SERVER PHASE AGE IDLE UP DOWN UP/S DOWN/S'],
  [126, 'CLIENT LISTENER SERVER PHASE AGE IDLE UP DOWN UP/S DOWN/S ENDS BY'],
  [144, 'CLIENT LISTENER SERVER PHASE AGE IDLE UP DOWN UP/S DOWN/S ENDS BY ID'],
])('from %i columns there are %s', (columns, shown) => {
  expect(titles(columns)).toBe(shown)
  if (columns > 40) expect(titles(columns - 1)).not.toBe(shown)
})

test('80 columns have room for any IPv4 client and server', () => {
  const servers = { '255.255.255.255:65535': 'up' }
  const state = tableOf(1, 80, 24, { upstreams: upstreams({ app: servers }) })
  expect(layoutOf(state).slice(0, 2)).toEqual([
    { name: 'client', width: 21 },
    { name: 'serverOrPhase', width: 21 },
  ])
})

test('no layout is wider than the screen, however long the names are', () => {
  const long = { [`unix:/run/${'x'.repeat(90)}.sock`]: 'up' }
  const clients = [connection(1, { client: '[2001:db8:1111:2222:3333:4444:5555:6666]:50000' })]
  for (let columns = 40; columns <= 240; columns++) {
    const table = tableOf(1, columns, 24, { upstreams: upstreams({ app: long }) })
    const state = answer(table, 'connections', { ...list(1), connections: clients })
    const widths = layoutOf(state).map(({ width }) => width + 2)
    expect(widths.reduce((sum, width) => sum + width, 1) - 2, `${columns}`).toBeLessThanOrEqual(columns)
  }
})

test('columns stand still when a long client has gone', () => {
  const long = [connection(1, { client: '[2001:db8:1111:2222:3333:4444:5555:6666]:50000' })]
  const wide = answer(tableOf(1, 160), 'connections', { ...list(1), connections: long })
  expect(layoutOf(answer(wide, 'connections', list(3)))).toEqual(layoutOf(wide))
})

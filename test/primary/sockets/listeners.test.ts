import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Address, parseAddress } from '../../../src/config/fields/address.ts'
import { ListeningSockets } from '../../../src/primary/sockets/listeners.ts'

const UNIX = { mode: 0o660 }
let sockets: ListeningSockets

beforeEach(() => {
  sockets = new ListeningSockets()
})
afterEach(() => sockets.closeAll())

const open = (name: string, ...listen: string[]): Promise<number[]> =>
  sockets.open({ name, listen: listen.map(parseAddress), unix: UNIX })

const portOf = (number: number | undefined): number => {
  const address: Address | undefined = sockets.get(number ?? 0)?.address
  return address?.kind === 'tcp' ? address.port : 0
}

test('a listener of which one address cannot be opened leaves no socket open', async () => {
  const other = createServer()
  await once(other.listen(0, '127.0.0.1'), 'listening')
  const { port } = other.address() as { port: number }
  const [kept] = await open('first', '127.0.0.1:0')
  await expect(open('second', '127.0.0.1:0', '[::1]:0', `127.0.0.1:${port}`)).rejects.toThrow(
    `listener second cannot listen on 127.0.0.1:${port}: it is in use`,
  )
  other.close()
  expect(sockets.all.map(({ number }) => number)).toEqual([kept])
})

test('the file of a socket that is bound and not yet listened on is left alone: another one starts', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
  const path = join(directory, 'web.sock')
  const other = new ListeningSockets()
  await other.open({ name: 'web', listen: [parseAddress(`unix:${path}`)], unix: UNIX })
  await expect(open('web', `unix:${path}`)).rejects.toThrow('another process has it')
  expect(existsSync(path)).toBe(true)
  other.closeAll()
  expect(existsSync(path)).toBe(false)
  rmSync(directory, { recursive: true })
})

test('two names of one address are said to be so, before a worker listens', async () => {
  const { address } = await lookup('localhost')
  const [first] = await open('first', address.includes(':') ? `[${address}]:0` : `${address}:0`)
  const port = portOf(first)
  await expect(open('second', `localhost:${port}`)).rejects.toThrow(
    `listener second cannot listen on localhost:${port}: listener first (`,
  )
  expect(sockets.all).toHaveLength(1)
})

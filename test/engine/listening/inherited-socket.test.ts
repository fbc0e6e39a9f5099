/** Descriptors of sockets that another program has opened; on every Node, since this is done with internals of node:net. */
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { type Address, parseAddress } from '../../../src/config/fields/address.ts'
import { inheritSocket } from '../../../src/engine/listening/inherited-socket.ts'
import { type ListeningSocket, openListeningSocket } from '../../../src/engine/listening/listening-socket.ts'
import { Descriptor } from '../../../src/system/descriptor.ts'
import { duplicate, listen } from '../../../src/system/libc.ts'

const directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The one that opened it, and a descriptor of the same socket. */
const passed = async (address: string): Promise<{ theirs: ListeningSocket; descriptor: number }> => {
  const theirs = await openListeningSocket(parseAddress(address))
  closing.push(() => theirs.close())
  return { theirs, descriptor: duplicate(theirs.handle.fd) }
}

const inherited = async (descriptor: number) => {
  const socket = await inheritSocket(descriptor)
  closing.push(() => socket.handle.close())
  return socket
}

test.each(['127.0.0.1:0', '[::1]:0', ':0', '[::]:0', `unix:${directory}/web.sock`])(
  'the address of a listening socket is read from it (%s)',
  async (listens) => {
    const { theirs, descriptor } = await passed(listens)
    listen(theirs.handle.fd, 16)
    const { handle, addresses } = await inherited(descriptor)
    expect(handle.fd).toBe(descriptor)
    expect(addresses).toEqual<Address[]>([theirs.address])
  },
)

test('what cannot be listened on is refused, and says why', async () => {
  const file = new Descriptor(openSync('/dev/null', 'r'))
  closing.push(() => file.close())
  await expect(inheritSocket(file.number)).rejects.toThrow('is no socket of TCP')
  const { theirs } = await passed(`unix:${directory}/bound.sock`)
  await expect(inheritSocket(theirs.handle.fd)).rejects.toThrow('does not listen')
})

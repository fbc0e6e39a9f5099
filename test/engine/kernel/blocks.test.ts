import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Block } from '../../../src/system/ffi.ts'
import { recv, send } from '../../../src/system/libc.ts'
import { measureMemory } from '../../support/memory.ts'

const NOWHERE = -1
const EBADF = -9

describe('memory that is handed to the kernel', () => {
  test.each([
    [0, 4_097],
    [4_096, 1],
    [-1, 1],
    [0, -1],
    [1, 4_096],
    [Number.NaN, 1],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
    [Number.MAX_SAFE_INTEGER, 1],
  ])('is inside its block: %s and %s bytes are refused', (offset, length) => {
    expect(() => new Block(4_096).at(offset, length)).toThrow(RangeError)
    expect(() => send(NOWHERE, new Block(4_096), offset, length)).toThrow(RangeError)
  })

  test('may be the whole block, and no byte more', () => {
    const block = new Block(64 * 1024)
    expect(recv(NOWHERE, block, block.size)).toBe(EBADF)
    expect(() => recv(NOWHERE, block, block.size + 1)).toThrow(RangeError)
  })

  test('is at least a page, so that it does not live on V8’s heap', () => {
    for (const size of [0, 1, 8, 64, 65, 4_095]) expect(new Block(size).size).toBe(4_096)
  })

  describe('under garbage collection', () => {
    const server = createServer((socket) => socket.pipe(socket))

    beforeAll(async () => {
      await once(server.listen(0, '127.0.0.1'), 'listening')
    })
    afterAll(() => server.close())

    test('stays where it is', async () => {
      const bound = server.address()
      if (bound === null || typeof bound === 'string') throw new Error('no port')
      const socket = connect(bound.port, '127.0.0.1')
      await once(socket, 'connect')
      const { fd } = (socket as unknown as { _handle: { fd: number } })._handle
      const blocks = Array.from({ length: 200 }, (_, index) => new Block(16 + index))
      const addresses = blocks.map((block) => block.at(0, 1))
      for (let collections = 0; collections < 20; collections++) measureMemory()
      expect(blocks.map((block) => block.at(0, 1))).toEqual(addresses)
      // What the kernel reads at the address is what is in the buffer.
      for (const [index, block] of blocks.entries()) {
        block.bytes.fill(index)
        expect(send(fd, block, 0, 16)).toBe(16)
        const [back]: Buffer[] = (await once(socket, 'data')) as Buffer[]
        expect(back).toEqual(Buffer.alloc(16, index))
      }
      socket.destroy()
    })
  })
})

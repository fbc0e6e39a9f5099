import { Random } from '../../support/random.ts'
import type { Theme } from './contract.ts'
import { expectCompleted } from './expectations.ts'

const MIB = 2 ** 20

/** Promise 1: bytes arrive unchanged, in order, both ways at once. Promise 6: each is counted. */
export const bulk: Theme = ({ it }) => {
  it('moves 256 MiB each way at once, in pieces of 1 byte to 1 MiB', async (harness) => {
    const connection = await harness.connect()
    const { client, upstream } = connection
    await Promise.all([client.sendAll(256 * MIB, new Random(3)), upstream.sendAll(256 * MIB, new Random(4))])
    client.fin()
    upstream.fin()
    await expectCompleted(connection)
  })

  it('moves 20 connections with 4 MiB each way at once and mixes none of them up', async (harness) => {
    const connections = await Promise.all(Array.from({ length: 20 }, () => harness.connect()))
    await Promise.all(
      connections.map(async (connection, index) => {
        const { client, upstream } = connection
        const random = new Random(index)
        await Promise.all([client.sendAll(4 * MIB + index, random), upstream.sendAll(4 * MIB - index, random)])
        client.fin(index)
        upstream.fin()
        await expectCompleted(connection)
      }),
    )
  })

  it('delivers everything to a reader that reads 1 byte to 64 KiB at a time', async (harness) => {
    const connection = await harness.connect()
    const { client, upstream } = connection
    const random = new Random(5)
    client.socket.on('data', () => {
      client.pause()
      setImmediate(() => client.resume())
    })
    await upstream.sendAll(8 * MIB, random, 100_000)
    upstream.fin()
    client.fin()
    await expectCompleted(connection)
  })
}

import { expect } from 'vitest'
import { openFarServer } from '../../support/far-server.ts'
import type { RelayHarness } from '../../support/relay-harness.ts'
import { within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectResetOnWrite } from './expectations.ts'

const ANSWER = '-ERR max number of clients reached\r\n'

/** A server that answers and resets before its connect is heard of was reached: what it sent is delivered. */
export const resetAtConnect: Theme = ({ it, engine }) => {
  const answeredAtOnce = async (harness: RelayHarness, end: 'reset' | 'fin and reset', early: string) => {
    const far = await openFarServer(ANSWER, end)
    const { endpoint: client, peer } = await harness.accept()
    let text = ''
    client.socket.on('data', (piece) => (text += piece))
    client.socket.write(early)
    const { peer: server } = engine.dial(far.address)
    await begun()
    far.sleepUntilReset()
    const { relay, ended } = harness.join(peer, await server)
    return { far, client, answer: () => text, relay, ended }
  }

  for (const early of ['', 'a request']) {
    const whose = early === '' ? 'a silent client' : 'a client that has spoken'

    it(`gives ${whose} what a server sends that answers and resets at once`, async (harness) => {
      const { far, client, answer, relay, ended } = await answeredAtOnce(harness, 'reset', early)
      expect(await within('the RST', client.receivedAll)).toBe('ECONNRESET')
      expect(answer()).toBe(ANSWER)
      expect(await ended).toMatchObject({ how: 'reset', by: 'upstream' })
      expect(relay.toClient.bytes).toBe(ANSWER.length)
      await far.close()
    })

    it(`gives ${whose} the FIN too, when the server sends one before its RST`, async (harness) => {
      const { far, client, answer, ended } = await answeredAtOnce(harness, 'fin and reset', early)
      expect(await within('the FIN', client.receivedAll)).toBe('FIN')
      expect(answer()).toBe(ANSWER)
      await expectResetOnWrite(client)
      expect(await within('the end', ended)).toMatchObject({ how: 'reset', by: 'upstream' })
      await far.close()
    })
  }

  it('fails to dial a server that resets at once and sends nothing: the next one may serve', async () => {
    const far = await openFarServer('', 'reset')
    const dialled = engine.dial(far.address).peer.then(
      () => 'reached',
      (error: NodeJS.ErrnoException) => error.code,
    )
    await begun()
    far.sleepUntilReset()
    expect(await within('the end of the dial', dialled)).toBe('ECONNRESET')
    await far.close()
  })
}

/** node:net connects in the next tick. No event is heard before it. */
const begun = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

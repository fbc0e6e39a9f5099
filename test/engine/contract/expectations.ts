import { expect } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { type Side, sentBy } from '../../../src/engine/direction.ts'
import type { Flow } from '../../../src/engine/engine.ts'
import type { Endpoint } from '../../support/endpoint.ts'
import type { Connection } from '../../support/relay-harness.ts'
import { within } from '../../support/until.ts'

export const SIDES = ['client', 'upstream'] as const

/** The direction whose bytes come from `side`, as it stands now. */
export const flowFrom = ({ relay }: Connection, side: Side): Flow => {
  relay.refresh(nowMs())
  return sentBy(relay, side)
}

/** Everything that `sender` sent has arrived unchanged, and then its FIN. */
export const expectAllAndFin = async (receiver: Endpoint, sender: Endpoint): Promise<void> => {
  expect(await within('the FIN', receiver.receivedAll)).toBe('FIN')
  expect(receiver.wrongAt).toBeUndefined()
  expect(receiver.received).toBe(sender.sent)
}

/** Both sides have got everything and a FIN, the relay says so, and has counted each byte. */
export const expectCompleted = async ({ client, upstream, relay, ended }: Connection): Promise<void> => {
  await expectAllAndFin(upstream, client)
  await expectAllAndFin(client, upstream)
  expect(await within('the end of the relay', ended)).toMatchObject({ how: 'completed' })
  for (const [flow, sender] of [
    [relay.toUpstream, client],
    [relay.toClient, upstream],
  ] as const) {
    expect(flow).toMatchObject({ bytes: sender.sent, heldSinceMs: 0 })
    expect(flow.endedMs).toBeGreaterThanOrEqual(flow.lastByteMs)
    expect(flow.firstByteMs === 0).toBe(sender.sent === 0)
    expect(flow.firstByteMs).toBeLessThanOrEqual(flow.lastByteMs)
  }
}

/** The relay ended with a reset, and says by whom. */
export const expectResetBy = async ({ ended }: Connection, side: Side): Promise<void> => {
  const end = await within('the end of the relay', ended)
  expect(end).toMatchObject({ how: 'reset', by: side })
  // EPIPE is what the kernel says of a reset that follows a FIN.
  if (end.how === 'reset') expect(['ECONNRESET', 'EPIPE']).toContain(end.error.code)
}

/** The connection was cut: what has arrived is right, and nothing says that it is complete. */
export const expectReset = async (living: Endpoint): Promise<void> => {
  expect(await within('the RST', living.receivedAll)).toBe('ECONNRESET')
  expect(living.sawFin).toBe(false)
  expect(living.wrongAt).toBeUndefined()
}

/** After a FIN nothing more is read, so that only a write can meet the RST: writes single bytes until one does. */
export const expectResetOnWrite = async (living: Endpoint): Promise<void> => {
  const failed = new Promise<void>((resolve) => living.socket.once('close', () => resolve()))
  const writing = setInterval(() => living.send(1), 5)
  await within('a write that fails', failed).finally(() => clearInterval(writing))
  expect(['ECONNRESET', 'EPIPE']).toContain(living.error?.code)
}

import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { Endpoint } from '../support/endpoint.ts'
import { until, within } from '../support/until.ts'
import type { WorkerHarness } from '../support/worker-harness.ts'

export type InspectInput = NonNullable<ConfigInput['listeners'][number]['inspect']>[number]

/** One of the inspectors beside the tests. */
export const inspector = (name: string, more: Omit<InspectInput, 'use'> = {}): InspectInput => ({
  use: fileURLToPath(new URL(`./inspectors/${name}.js`, import.meta.url)),
  ...more,
})

/** What an endpoint has received, as text, for tests whose bytes are not the endpoint's own stream. */
export const collect = (endpoint: Endpoint): { text: string } => {
  const collected = { text: '' }
  endpoint.socket.on('data', (bytes: Buffer) => {
    collected.text += bytes.toString('latin1')
  })
  return collected
}

export const untilText = (collected: { text: string }, text: string): Promise<void> =>
  until(
    () => `the text ${JSON.stringify(text)}, not ${JSON.stringify(collected.text)}`,
    () => collected.text === text,
  )

/** A connection that is served from its first byte to both FINs. */
export const visit = async (harness: WorkerHarness): Promise<void> => {
  const { client, upstream } = await harness.connect()
  const up = collect(upstream)
  client.socket.end('still served')
  upstream.socket.end()
  await untilText(up, 'still served')
  expect(await within('the FIN', upstream.receivedAll)).toBe('FIN')
}

import { once } from 'node:events'
import { expect, test } from 'vitest'
import { openStreamsEngine } from '../../../src/engine/streams/streams-engine.ts'
import { sendUrgent } from '../../support/raw-send.ts'
import { RelayHarness } from '../../support/relay-harness.ts'

/** docs/operating.md: with system calls both engines keep it (test/engine/contract/urgent-bytes.ts). */
test('where no system call can be made an urgent byte is left out, and all that stands around it is delivered', async () => {
  const harness = await RelayHarness.open(openStreamsEngine())
  const { client, upstream } = await harness.connect()
  let received = ''
  upstream.socket.on('data', (piece) => (received += piece))
  client.socket.write('GET')
  sendUrgent(client.socket, Buffer.from('!'))
  client.socket.write(' / HTTP/1.0\r\n\r\n')
  client.socket.end()
  await once(upstream.socket, 'end')
  expect(received).toBe('GET / HTTP/1.0\r\n\r\n')
  upstream.fin()
  await harness.close()
})

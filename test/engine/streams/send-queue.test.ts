import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { whenSent } from '../../../src/engine/streams/questions/send-queue.ts'
import { never, until, within } from '../../support/until.ts'

/** A look into the tables takes long where the machine is busy and has thousands of sockets in TIME_WAIT. */
const IN_TIME_MS = 60_000

/** What the engine does where koffi cannot be loaded: it reads the kernel's tables. */
const connected = async (): Promise<{ sender: Socket; reader: Socket; close(): void }> => {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sender = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  const [[reader]] = (await Promise.all([once(server, 'connection'), once(sender, 'connect')])) as [[Socket], unknown]
  reader.on('error', () => {})
  return {
    sender,
    reader,
    close: () => {
      sender.destroy()
      reader.destroy()
      server.close()
    },
  }
}

test('what a reader has not acknowledged is waited for, until it has read', async () => {
  const { sender, reader, close } = await connected()
  sender.write(Buffer.alloc(8 * 2 ** 20))
  let sent = false
  const waits = whenSent(sender).then(() => (sent = true))
  await never('an end of the wait', () => sent)
  reader.resume()
  await within('the end of the wait', waits, IN_TIME_MS)
  close()
}, 90_000)

test('nothing is waited for when the reader is gone', async () => {
  const { sender, reader, close } = await connected()
  sender.write(Buffer.alloc(8 * 2 ** 20))
  const waits = whenSent(sender)
  reader.resetAndDestroy()
  await within('the end of the wait', waits, IN_TIME_MS)
  await until('the error', () => sender.errored !== null)
  expect(sender.destroyed).toBe(true)
  close()
}, 90_000)

import { otherSide } from '../../../src/engine/direction.ts'
import { countPipes } from '../../support/descriptors.ts'
import { passDescriptor } from '../../support/pass-descriptor.ts'
import { sendCredentials } from '../../support/raw-send.ts'
import { until } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectAllAndFin, expectCompleted, SIDES } from './expectations.ts'

/** unix(7): each read ends behind bytes that a descriptor came with. Bytes pass, what came with them does not. */
export const ancillary: Theme = ({ it }) => {
  for (const side of SIDES) {
    it(`delivers bytes that the ${side} sends descriptors along with, and closes these`, async (harness) => {
      const connection = await harness.connect()
      const [sender, receiver] = [connection[side], connection[otherSide(side)]]
      const pipes = countPipes()
      for (let count = 0; count < 10; count++) {
        passDescriptor(sender, 100)
        sender.send(3)
      }
      await until('what was sent', () => receiver.received === sender.sent)
      await until('the descriptors closed', () => countPipes() === pipes)
      sender.fin()
      receiver.fin(10)
      await expectCompleted(connection)
    })

    it(`delivers the bytes of ten messages with descriptors when the ${side} is closed after them`, async (harness) => {
      const connection = await harness.connect()
      const [sender, receiver] = [connection[side], connection[otherSide(side)]]
      const pipes = countPipes()
      for (let count = 0; count < 10; count++) passDescriptor(sender, 100)
      sender.socket.destroy()
      await expectAllAndFin(receiver, sender)
      await until('the descriptors closed', () => countPipes() === pipes)
    })

    it(`delivers bytes that the ${side} sends credentials along with`, async (harness) => {
      const connection = await harness.connect()
      const [sender, receiver] = [connection[side], connection[otherSide(side)]]
      for (let count = 0; count < 10; count++) {
        sender.sendBy(sendCredentials, 100)
        sender.send(3)
      }
      sender.fin()
      receiver.fin(10)
      await expectCompleted(connection)
    })
  }
}

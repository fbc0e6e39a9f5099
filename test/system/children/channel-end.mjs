/**
 * `node channel-end.mjs DIST PATH`: connects to a channel, and reports what it receives. Each descriptor of a message is
 * written to with its index, then closed. `{ receive: true }` begins it.
 */
import { closeSync, writeSync } from 'node:fs'

const [dist, path] = process.argv.slice(2)
const { DescriptorChannel } = await import(`${dist}/system/sockets/descriptor-channel.js`)
const channel = DescriptorChannel.connect(path)

const receiveAll = () => {
  for (;;) {
    let message
    try {
      message = channel.receive()
    } catch (error) {
      process.send({ error: error.message, code: error.code })
      continue
    }
    if (message === undefined) return
    if (message === 'ended') {
      channel.close()
      process.send({ ended: true })
      return process.disconnect()
    }
    for (const [index, descriptor] of message.descriptors.entries()) {
      writeSync(descriptor, `${index},`)
      closeSync(descriptor)
    }
    process.send({ text: message.bytes.toString(), descriptors: message.descriptors.length })
  }
}

process.on('message', () => channel.onReadable(receiveAll))
process.send({ connected: true, peer: channel.peer })

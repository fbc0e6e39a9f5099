/** As a thread: a server that takes all it is sent, and clients of `target` that send without end. */
import { connect, createServer } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const piece = Buffer.alloc(256 * 1024, 'bulk')

const send = (socket) => {
  while (socket.write(piece)) {}
}

const sink = createServer((socket) => socket.resume().on('error', () => {})).listen(0, '127.0.0.1', () => {
  parentPort.postMessage(sink.address().port)
  for (let count = 0; count < workerData.streams; count++) {
    const source = connect(workerData.target)
    source.on('error', () => {})
    source.on('connect', () => send(source)).on('drain', () => send(source))
  }
})

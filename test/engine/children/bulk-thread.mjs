/** As a thread: a server that takes all it is sent, and clients of `target` that send without end. */
import { connect, createServer } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const piece = Buffer.alloc(256 * 1024, 'bulk')

/** One piece a turn of the loop, or a write that the kernel takes at once would keep the thread from all other sockets. */
const sendWithoutEnd = (socket) => {
  const send = () => socket.write(piece, () => setImmediate(send))
  socket.on('error', () => {}).on('connect', send)
}

const sink = createServer((socket) => socket.resume().on('error', () => {})).listen(0, '127.0.0.1', () => {
  parentPort.postMessage(sink.address().port)
  for (let count = 0; count < workerData.streams; count++) sendWithoutEnd(connect(workerData.target))
})

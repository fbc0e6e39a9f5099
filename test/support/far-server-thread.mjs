// A server that answers and resets while the thread of the test sleeps. See far-server.ts.
import { createServer } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const { answer, then, done } = workerData
const flag = new Int32Array(done)

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {})
  const reset = () => {
    socket.resetAndDestroy()
    Atomics.add(flag, 0, 1)
    Atomics.notify(flag, 0)
  }
  if (then === 'fin and reset') socket.end(answer, reset)
  else socket.write(answer, reset)
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))

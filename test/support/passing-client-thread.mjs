// A client that connects and resets while the thread of the test sleeps. See passing-client.ts.
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const { target, port } = workerData
const shared = new Int32Array(port)

parentPort.on('message', () => {
  const socket = connect(target, () => {
    const { localPort } = socket
    socket.resetAndDestroy()
    Atomics.store(shared, 0, localPort)
    Atomics.notify(shared, 0)
  })
  socket.on('error', () => {})
})
parentPort.postMessage('ready')

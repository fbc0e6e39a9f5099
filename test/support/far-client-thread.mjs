// A client whose deeds are done while the thread of the test sleeps. See far-client.ts.
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const { target, done } = workerData
const flag = new Int32Array(done)
const socket = connect({ ...target, allowHalfOpen: true }, () => parentPort.postMessage('connected'))
socket.on('error', () => {})

parentPort.on('message', ({ bytes, then }) => {
  const finish = () => {
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
  }
  if (then === 'fin') socket.end(bytes, finish)
  else
    socket.write(bytes, () => {
      socket.resetAndDestroy()
      finish()
    })
})

// Clients that only take room, and come back when they are closed. See crowd.ts.
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const { target, count, texts, opened } = workerData
/** As a client does that tries again: not at once. */
const BACK_AFTER_MS = 50

const come = (text) => {
  const socket = connect(target, () => {
    if (Atomics.add(opened, 0, 1) + 1 === count) parentPort.postMessage('all have come')
    socket.write(text)
  })
  socket
    .on('error', () => {})
    .on('close', () => setTimeout(come, BACK_AFTER_MS, text))
    .resume()
}

for (let client = 0; client < count; client++) come(texts[client % texts.length])

// Has clients come and go as fast as it can. See client-table-threads.test.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { ClientLayout } from '../../dist/serving/clients/client-layout.js'
import { ClientTable } from '../../dist/serving/clients/client-table.js'
import { paceOf } from '../../dist/serving/clients/token-bucket.js'

const { numbers, place, places, clients, limit, rounds, living, visits, begin } = workerData
const table = new ClientTable(new Int32Array(numbers), new ClientLayout(places), place)
const livingOf = new Int32Array(living)
const visitsOf = new Int32Array(visits)
const pace = limit.burst ? paceOf({ count: 1, perMs: 60_000, burst: limit.burst }) : undefined

let [taken, refused, highest] = [0, 0, 0]
const mine = []

const come = (which, clock) => {
  const entry = table.enter(clients[which], { connections: limit.connections, pace }, clock)
  if (entry < 0) {
    refused += 1
    return
  }
  taken += 1
  Atomics.add(visitsOf, which, 1)
  highest = Math.max(highest, Atomics.add(livingOf, which, 1) + 1)
  mine.push({ which, entry })
}

const go = () => {
  const { which, entry } = mine.shift()
  Atomics.sub(livingOf, which, 1)
  table.leave(entry)
}

parentPort.postMessage('ready')
Atomics.wait(new Int32Array(begin), 0, 0)
for (let round = 0; round < rounds; round++) {
  come((round * (2 * place + 3)) % clients.length, () => 1n)
  while (mine.length > round % 4) go()
}
while (mine.length > 0) go()
parentPort.postMessage({ taken, refused, highest })

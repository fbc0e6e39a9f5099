// Takes and gives back of a limit as fast as it can, up to `most` at a time. See shared-count-threads.test.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { SharedMemory } from '../../dist/serving/shared-memory.js'

const { numbers, place, places, limit, most, rounds, living, begin } = workerData
const count = new SharedMemory(new Int32Array(numbers), { place, places }).count(0)
const livingOfAll = new Int32Array(living)

let [mine, taken, refused, highest] = [0, 0, 0, 0]
const take = () => {
  if (!count.take(limit)) {
    refused += 1
    return
  }
  highest = Math.max(highest, Atomics.add(livingOfAll, 0, 1) + 1)
  mine += 1
  taken += 1
}
const giveBack = () => {
  Atomics.sub(livingOfAll, 0, 1)
  mine -= 1
  count.giveBack()
}

parentPort.postMessage('ready')
Atomics.wait(new Int32Array(begin), 0, 0)
for (let round = 0; round < rounds; round++) {
  while (mine < most && refused < taken + most) take()
  take()
  for (let back = round % 3; back >= 0 && mine > 0; back--) giveBack()
}
while (mine > 0) giveBack()
parentPort.postMessage({ taken, refused, highest })

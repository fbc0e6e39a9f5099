/**
 * How chunks best reach a thread that answers «pass»: cloned, transferred there and back, or copied into memory that
 * both see (the arena), where the thread looks at them in place or copies them out first. Prints a table of µs a chunk:
 * the time it takes, and the CPU time of both threads together.
 *
 *     npm run bench:bytes -- [--seconds 0.3] [--rounds 5]
 */
import { parseArgs } from 'node:util'
import { Piscina } from 'piscina'
import type { Batch, Way } from './bytes-thread.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '0.3' }, rounds: { type: 'string', default: '5' } },
})
const ways: Way[] = ['clone', 'transfer', 'arena', 'arena, copied']
const sizes = [64, 1024, 16 * 1024, 64 * 1024]
const counts = [1, 8]
const arena = new SharedArrayBuffer(1024 * 1024)

type Atomics = 'sync' | 'async' | 'disabled'
const openPool = (atomics: Atomics) =>
  new Piscina({
    filename: new URL('./bytes-thread.js', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    recordTiming: false,
    atomics,
  })

/** What the proxy does: the bytes of each chunk are its own, and after «pass» it has them again. */
const send = async (pool: Piscina, way: Way, chunks: Uint8Array<ArrayBuffer>[], size: number): Promise<void> => {
  const batch: Batch = { way, count: chunks.length, size }
  if (way === 'clone') return pool.run({ ...batch, chunks })
  if (way === 'transfer') {
    const back = await pool.run({ ...batch, chunks }, { transferList: chunks.map(({ buffer }) => buffer) })
    for (const [index, chunk] of back.entries()) chunks[index] = chunk
    return
  }
  for (const [index, chunk] of chunks.entries()) new Uint8Array(arena, index * size, size).set(chunk)
  return pool.run({ ...batch, arena })
}

interface Figure {
  wallUs: number
  cpuUs: number
}

const measure = async (pool: Piscina, way: Way, size: number, count: number): Promise<Figure> => {
  const chunks = Array.from({ length: count }, () => new Uint8Array(size))
  for (let warmUp = 0; warmUp < 200; warmUp++) await send(pool, way, chunks, size)
  const cpu = process.cpuUsage()
  const start = performance.now()
  const endMs = start + Number(values.seconds) * 1000
  let batches = 0
  for (; performance.now() < endMs; batches++) await send(pool, way, chunks, size)
  const { user, system } = process.cpuUsage(cpu)
  const done = batches * count
  return { wallUs: ((performance.now() - start) * 1000) / done, cpuUs: (user + system) / done }
}

const median = (numbers: number[]): string =>
  (numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0).toFixed(1)

for (const atomics of ['async', 'disabled', 'sync'] as const) {
  const figures = new Map<string, Figure[]>()
  const pool = openPool(atomics)
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const size of sizes) {
      for (const count of counts) {
        for (const way of ways) {
          const key = `${size} B × ${count} | ${way}`
          figures.set(key, [...(figures.get(key) ?? []), await measure(pool, way, size, count)])
        }
      }
    }
  }
  await pool.destroy()
  console.log(`\natomics: ${atomics}\n\n| chunks | way | µs | CPU µs |\n|---|---|---|---|`)
  for (const [key, runs] of figures) {
    console.log(`| ${key} | ${median(runs.map(({ wallUs }) => wallUs))} | ${median(runs.map(({ cpuUs }) => cpuUs))} |`)
  }
}

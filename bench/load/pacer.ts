/**
 * A thread that says "now" on an even beat. Node's own timers count in milliseconds, which is longer than the answers
 * that we want to time, and spinning would take a core from what is measured.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads'

interface PacerData {
  intervalNs: number
  /** One Int32: 0 while the beat goes on. */
  stop: SharedArrayBuffer
}

/**
 * Calls `beat` with the time (nanoseconds of `process.hrtime`) at which each beat was due, until the returned function is
 * called.
 */
export const startPacer = (intervalNs: number, beat: (dueAt: number) => void): (() => Promise<void>) => {
  const stop = new SharedArrayBuffer(4)
  const thread = new Worker(new URL(import.meta.url), { workerData: { intervalNs, stop } satisfies PacerData })
  thread.on('message', beat)
  return async () => {
    const flag = new Int32Array(stop)
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
    await thread.terminate()
  }
}

const keepTheBeat = ({ intervalNs, stop }: PacerData): void => {
  const flag = new Int32Array(stop)
  let due = Number(process.hrtime.bigint()) + intervalNs
  for (;;) {
    const waitMs = (due - Number(process.hrtime.bigint())) / 1e6
    if (waitMs > 0 && Atomics.wait(flag, 0, 0, waitMs) !== 'timed-out') return
    if (Atomics.load(flag, 0) !== 0) return
    // Late beats are sent with the time at which they were due, none is left out.
    parentPort?.postMessage(due)
    due += intervalNs
  }
}

const isPacerData = (data: unknown): data is PacerData => {
  return typeof data === 'object' && data !== null && 'intervalNs' in data && 'stop' in data
}

if (parentPort && isPacerData(workerData)) keepTheBeat(workerData)

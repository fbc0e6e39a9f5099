/** A worker's end of the channel to the primary. The only file of a worker with process.send. */
import cluster from 'node:cluster'
import process from 'node:process'
import type { BoundHandle } from '../engine/engine.ts'
import type { ToPrimary, ToWorker } from './messages.ts'

/** Sends, or does nothing when the primary is gone. */
export const sendToPrimary = (message: ToPrimary, sent: () => void = () => {}): void => {
  // The callback keeps a closed channel from becoming an uncaught error.
  if (process.connected && process.send) process.send(message, () => sent())
  else sent()
}

/** Passes on the primary's messages. A worker trusts its primary; a message without `kind` is not from our code. */
export const receiveFromPrimary = (receive: (message: ToWorker, handle: BoundHandle | undefined) => void): void => {
  process.on('message', (raw: unknown, handle: unknown) => {
    if (typeof raw === 'object' && raw !== null && 'kind' in raw) {
      receive(raw as ToWorker, handle as BoundHandle | undefined)
    }
  })
}

/**
 * Calls `leave` when the primary has ended without a message, and leaves the exit to it. node:cluster would exit in the
 * same event, with all connections open (lib/internal/cluster/child.js), unless the disconnect is marked as intended.
 */
export const whenPrimaryIsGone = (leave: () => void): void => {
  process.prependOnceListener('disconnect', () => {
    if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
    leave()
  })
}

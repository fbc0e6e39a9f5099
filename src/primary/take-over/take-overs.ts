import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../../config/schema.ts'
import { openListeningSocket } from '../../engine/listening/listening-socket.ts'
import type { Log } from '../../log/log.ts'
import type { ChannelListener } from '../../system/sockets/channel-listener.ts'
import type { AdminApi } from '../admin/routes.ts'
import { type Admin, openAdmin } from '../admin/server.ts'
import type { DrainTimes } from '../operator/drain.ts'
import type { StopRequest } from '../operator/stop-request.ts'
import type { RecentNames } from '../recent-names.ts'
import type { Reload } from '../reload/reload.ts'
import type { ListeningSockets } from '../sockets/listeners.ts'
import type { StateOwner } from '../state-owner.ts'
import { takerAddress } from '../workers/replacing/taker-address.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'
import { adoptControl, listenForSuccessor } from './channels.ts'
import type { Predecessor } from './predecessor.ts'
import { PredecessorTotals } from './predecessor-totals.ts'
import { SharedSockets } from './shared-sockets.ts'
import { Succession } from './succession.ts'

/** A predecessor that stands still does not keep the admin. */
const LEFT_WITHIN_MS = 5_000

export interface TakeOverParts {
  readonly sockets: ListeningSockets
  readonly owner: StateOwner
  readonly totals: TotalsByWorker
  readonly recentNames: RecentNames
  readonly supervisor: Supervisor
  readonly reload: Reload
  readonly stop: StopRequest
  readonly log: Log
}

/** Both ends of this copyloop's life: it may take over from one that runs, and a newer one may take over from it. */
export class TakeOvers {
  readonly #parts: TakeOverParts
  readonly #predecessor: Predecessor | undefined
  #succession: Succession | undefined
  #admin: Admin | undefined
  /** The control socket is the predecessor's. */
  #isControlTaken = false

  /** @param predecessor from which this one takes over */
  constructor(parts: TakeOverParts, predecessor: Predecessor | undefined) {
    this.#parts = parts
    this.#predecessor = predecessor
    if (predecessor) this.#follow(predecessor)
  }

  /** Why nothing may be changed now; undefined if it may. */
  get refusal(): string | undefined {
    return this.#succession?.refusal
  }

  /** Opens the control socket, and the admin, which accepts at once if it is not the predecessor's. @throws {StartFailed} */
  async open({ control, admin }: Config, api: AdminApi): Promise<Admin | undefined> {
    const { log } = this.#parts
    if (control !== 'off') {
      const descriptor = this.#predecessor?.sockets.takeControl(control)
      this.#isControlTaken = descriptor !== undefined
      const listener: ChannelListener =
        descriptor === undefined ? await listenForSuccessor(control) : await adoptControl(control, descriptor)
      this.#succession = new Succession({ ...this.#parts, control: { address: control, listener } })
    }
    if (admin === 'off') return undefined
    const open = this.#predecessor?.sockets.opener('admin') ?? openListeningSocket
    this.#admin = await openAdmin(admin, api, log.logger, { open, mayBeGiven: control !== 'off' })
    if (this.#succession) this.#succession.admin = this.#admin
    if (!this.#isAdminTaken) await this.#admin.accept()
    return this.#admin
  }

  /** Every listener is served. Resolves once this copyloop also has the admin, and its own successor may come. */
  async serving(): Promise<void> {
    const { stop } = this.#parts
    if (this.#predecessor) {
      this.#predecessor.serving(await this.#takers())
      const late = new AbortController()
      const tooLate = pause(LEFT_WITHIN_MS, undefined, { signal: late.signal }).catch(() => {})
      await Promise.race([this.#predecessor.left, stop.asked, tooLate])
      late.abort()
      if (stop.isAsked) return
      if (this.#isAdminTaken) await this.#admin?.accept()
    }
    this.#succession?.accept()
  }

  /** A stop was asked for. */
  stopping(): void {
    this.#succession?.stopping()
    if (!this.#predecessor?.sockets.areOurs) return
    this.#predecessor.leaving()
    this.#areOursAlone()
  }

  /** Nobody new is served here any more: another copyloop has taken over. */
  get isGiven(): boolean {
    return this.#succession?.isGiven === true
  }

  /** Another copyloop has taken over, and that was why this one stopped. */
  get isOver(): boolean {
    return this.#succession?.isOver === true
  }

  /** Where another copyloop has taken over, the connections have had their time. */
  drainTimes(times: DrainTimes): DrainTimes {
    const { drainDelayMs, drainTimeoutMs, drainSpreadMs } = times
    const timeoutMs = this.isOver ? 0 : drainTimeoutMs
    return { drainDelayMs: this.isGiven ? 0 : drainDelayMs, drainTimeoutMs: timeoutMs, drainSpreadMs }
  }

  /** No worker is left. Resolves once a successor knows all that was counted, here and by the predecessor. */
  async ended(): Promise<void> {
    if (!this.isGiven) return
    await Promise.race([this.#predecessor?.gone, this.#parts.stop.hurried])
    await this.#succession?.ended()
  }

  close(): void {
    if (this.#succession) this.#succession.close(!this.#isControlTaken || this.#predecessor?.sockets.areOurs === true)
    else this.#admin?.close()
  }

  /** Where the workers take the predecessor's living connections. */
  async #takers(): Promise<string[]> {
    const { supervisor } = this.#parts
    const addresses = await Promise.all(supervisor.workers.map((worker) => takerAddress(supervisor, worker)))
    return addresses.filter((address) => address !== undefined)
  }

  get #isAdminTaken(): boolean {
    const { handle } = this.#admin?.socket ?? {}
    return handle !== undefined && this.#predecessor?.sockets.handles.includes(handle) === true
  }

  #follow(predecessor: Predecessor): void {
    const { sockets, totals, recentNames, reload } = this.#parts
    // Until it is gone it may go on with them.
    sockets.elsewhere.share(predecessor.sockets.handles)
    const counted = new PredecessorTotals(totals, recentNames)
    predecessor.followedBy({
      takeTotals: (entries) => counted.take(entries),
      takeReloads: ({ applied, refused }) => {
        reload.counts.applied += applied
        reload.counts.refused += refused
      },
      ended: () => {
        counted.ended()
        this.#areOursAlone()
      },
    })
  }

  /** Unless a successor has them, or is about to. */
  #areOursAlone(): void {
    if (this.refusal === undefined) new SharedSockets(this.#parts).takeBack()
  }
}

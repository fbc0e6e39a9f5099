import { nowMs } from '../../clock.ts'
import { EAGAIN, isAboutOneClient, isOutOfDescriptors, systemError } from '../../system/errors.ts'
import { Block } from '../../system/ffi.ts'
import { accept, acceptedLength, close, listen, setOption } from '../../system/libc.ts'
import { holdOffNewClients } from '../../system/sockets/hold-off.ts'
import type { PeerKey } from '../../system/sockets/peer-name.ts'
import { decodePeer } from '../../system/sockets/sockaddr.ts'
import { IPPROTO_TCP, TCP_NODELAY } from '../../system/sockets/socket-options.ts'
import { keepUrgentInline, probeWhenIdle } from '../../system/sockets/socket-setup.ts'
import type { EngineEvents, Listening, Peer } from '../engine.ts'
import { type EndingSocket, lastClientsAccepted } from '../listening/last-clients.ts'
import { ListenedSocket } from '../listening/listened-socket.ts'
import type { Balance } from './balance.ts'
import type { FlowParts } from './flow/flow-owner.ts'
import type { Ready, Watched } from './reactor.ts'
import { openReserve } from './reserve.ts'
import { KernelPeer } from './socket/kernel-peer.ts'
import type { SocketOrigin } from './socket/kernel-socket.ts'

/** The kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096
/** What one listener may accept before the others get their turn. */
const SHARE = 32
const PAUSE_MS = 100
/** When the client that was taken with the reserve is gone, and its descriptor free again. */
const TOLD_WITHIN_MS = 1
/** How long a client waits for a less loaded worker to take it. */
const LEAVE_MS = 2
/** Clients that were left longer ago than this came in another burst. */
const BURST_MS = 20

const name = new Block(128)

/** Accepts on a listening socket that other processes accept on as well. */
export class KernelListening implements Listening, EndingSocket, Watched, Ready {
  #fd: number
  generation = 0
  queued = false
  readonly #onClient: (client: Peer) => void
  readonly #events: EngineEvents
  readonly #parts: FlowParts
  readonly #socket: ListenedSocket
  readonly #origin: SocketOrigin & { balance: Balance }
  /** A descriptor to give up when all are in use, so that a client can be taken and told so. */
  #reserve = openReserve()
  /** The last clients were left to others, at this time. */
  #leaving = false
  #leftMs = Number.NEGATIVE_INFINITY
  /**
   * How many of them are taken after the wait if nobody else did. One at first, for a worker that was not quick enough
   * still has its share of a small burst to come; twice as many each time, for a large one must not wait long.
   */
  #takenAnyway = 1
  /** Pending while there is no descriptor for any client. */
  #retry: NodeJS.Timeout | undefined
  #isRetrying = false
  /** No client is left to other workers: they may have closed. */
  #isFinishing = false
  accepted = 0
  isClosed = false

  constructor(fd: number, onClient: (client: Peer) => void, events: EngineEvents, parts: FlowParts, balance: Balance) {
    const { reactor, buffer } = parts
    this.#parts = parts
    this.#fd = fd
    this.#onClient = onClient
    this.#events = events
    this.#origin = { reactor, hasOptions: true, balance, buffer }
    // Accepted sockets inherit these. On a unix socket they fail, or are not needed.
    setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1)
    probeWhenIdle(fd)
    keepUrgentInline(fd)
    const result = listen(fd, BACKLOG)
    if (result < 0) throw systemError(result, 'listen')
    const watched = reactor.watch(this)
    if (watched < 0) throw systemError(watched, 'epoll_ctl')
    this.#socket = new ListenedSocket(fd)
    balance.begin()
  }

  /** None, -1, once it is closed. */
  get fd(): number {
    return this.#fd
  }

  onEvents(): void {
    this.resume()
  }

  resume(): void {
    this.#accept(0)
  }

  /** @param anyway how many clients are taken whatever the load: they have waited for others */
  #accept(anyway: number): void {
    for (let accepted = 0; accepted < SHARE; accepted++) {
      if (this.isClosed) return
      if (accepted >= anyway && !this.#isFinishing && this.#origin.balance.isAhead) return this.#leave()
      const fd = accept(this.fd, name)
      if (fd >= 0) this.#serve(fd, decodePeer(name, acceptedLength()))
      else if (fd === EAGAIN) return
      else if (!isAboutOneClient(fd)) return this.#outOf(fd)
    }
    this.#origin.reactor.later(this)
  }

  #leave(): void {
    if (this.#leaving) return
    this.#leaving = true
    const now = nowMs()
    this.#takenAnyway = now - this.#leftMs > BURST_MS ? 1 : Math.min(SHARE, 2 * this.#takenAnyway)
    this.#leftMs = now
    setTimeout(() => {
      this.#leaving = false
      this.#accept(this.#takenAnyway)
    }, LEAVE_MS)
  }

  #serve(fd: number, key: PeerKey): void {
    const { balance, reactor } = this.#origin
    this.accepted += 1
    balance.opened()
    const client = new KernelPeer(fd, key, this.#origin)
    if (client.isUnix) keepUrgentInline(fd)
    if (this.#parts.resetsIfKilled) client.resetIfKilled()
    const watched = reactor.watch(client)
    if (watched >= 0) return this.#onClient(client)
    client.reset()
    this.#events.onAcceptError(systemError(watched, 'epoll_ctl'))
  }

  /** No descriptor is left. The client at the head of the queue is accepted with the reserve, so that it learns of it at once. */
  #outOf(errorNumber: number): void {
    const isOut = isOutOfDescriptors(errorNumber)
    if (isOut && this.#parts.pipes.yieldDescriptors()) return this.#origin.reactor.later(this)
    let pauseMs = PAUSE_MS
    let isSaid = this.#isRetrying
    if (this.#reserve && isOut) {
      this.#reserve.close()
      const fd = accept(this.fd, name)
      if (fd >= 0) {
        const key = decodePeer(name, acceptedLength())
        this.#events.onAcceptError(systemError(errorNumber, 'accept'))
        isSaid = true
        this.#serve(fd, key)
      }
      if (this.isClosed) return
      this.#reserve = openReserve()
      // accept4 looks for a descriptor before it looks for a client: EMFILE does not say that one waits, but this does.
      if (fd === EAGAIN) return
      if (this.#reserve) return this.#origin.reactor.later(this)
      if (fd >= 0) pauseMs = TOLD_WITHIN_MS
    }
    // Not for each retry: it fails whether a client waits or not.
    if (!isSaid) this.#events.onAcceptError(systemError(errorNumber, 'accept'))
    this.#retry ??= setTimeout(() => this.#tryAgain(), pauseMs)
  }

  #tryAgain(): void {
    this.#retry = undefined
    if (this.isClosed) return
    this.#reserve ??= openReserve()
    this.#isRetrying = true
    this.resume()
    this.#isRetrying = false
  }

  async finish(withinMs: number): Promise<void> {
    if (this.#socket.goesOn) return this.close()
    this.#isFinishing = true
    const hasHandshakes = holdOffNewClients(this.fd)
    this.resume()
    await lastClientsAccepted(this, hasHandshakes, withinMs)
    this.close()
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#socket.end()
    this.#origin.balance.leave()
    const fd = this.#fd
    // Other descriptors of the socket stay open, here and in other processes: its close would not end the watch.
    this.#origin.reactor.unwatch(this)
    this.#fd = -1
    close(fd)
    this.#reserve?.close()
  }
}

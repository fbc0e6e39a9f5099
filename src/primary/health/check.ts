import { connect, type Socket } from 'node:net'
import { judgeIn } from '../../clock.ts'
import { type Address, systemPath } from '../../config/fields/address.ts'
import type { HealthConfig, UpstreamConfig } from '../../config/schema.ts'
import { isOutOfResources } from '../../system/errors.ts'
import { checkHeader } from './check-header.ts'

/** How one check is made; the bytes are latin1. */
export interface CheckPlan extends Pick<HealthConfig, 'timeoutMs' | 'send' | 'expect'> {
  /** The version of the PROXY header that the server gets first. */
  readonly sendProxyProtocol?: UpstreamConfig['sendProxyProtocol']
}

export interface CheckResult {
  /** How long the server took: the time in which a reset might come is not its own. */
  readonly tookMs: number
  /** Why it failed; undefined if it passed. */
  readonly error: string | undefined
  /** This process lacked descriptors or memory for it, or did not run meanwhile: that tells nothing about the server. */
  readonly isOwnFault: boolean
}

/** A server that sends for ever must not keep the primary reading. */
const MOST_ANSWER_BYTES = 1024 * 1024

/**
 * A server that only has to accept may reset at once (a container's port whose program is gone). Its reset comes as long
 * after the connection stands as that took, and as long after that as its busy machine takes to run it.
 */
const RESET_WITHIN_MS = 50

const NOTHING = Buffer.alloc(0)
/** A timer is late by less, unless this process did not run. */
const STOOD_STILL_MS = 100

/**
 * Connects to a server, and talks to it if the plan says so. When the result is known, or `cancel` was called, the
 * descriptor is closed: never later than `timeoutMs`.
 */
export class Check {
  readonly #address: Address
  readonly #plan: CheckPlan
  readonly #onResult: (result: CheckResult) => void
  readonly #socket: Socket
  readonly #beganMs = performance.now()
  #timer: NodeJS.Timeout
  readonly #expected: Buffer | undefined
  #isOver = false
  #received = 0
  /** The end of what was received, in which an expected text may have begun. */
  #tail: Buffer = NOTHING

  /** @param onResult called once, unless it is cancelled */
  constructor(address: Address, plan: CheckPlan, onResult: (result: CheckResult) => void) {
    this.#address = address
    this.#plan = plan
    this.#onResult = onResult
    this.#expected = plan.expect === undefined ? undefined : Buffer.from(plan.expect, 'latin1')
    this.#timer = judgeIn(plan.timeoutMs, () => this.#end(this.#late(), this.#stoodStill()))
    const target =
      address.kind === 'unix' ? { path: systemPath(address.path) } : { host: address.host, port: address.port }
    this.#socket = connect(target)
      .on('connect', () => this.#connected())
      // An error of several addresses has no message.
      .on('error', (error: NodeJS.ErrnoException) =>
        this.#end(error.message || (error.code ?? error.name), isOutOfResources(error)),
      )
      .on('close', () => this.#ended())
  }

  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#close()
  }

  #connected(): void {
    if (this.#isOver) return
    if (this.#isSelf()) return this.#end('connection refused: nothing listens there')
    const { send, sendProxyProtocol = 'off' } = this.#plan
    const header = checkHeader(sendProxyProtocol, this.#socket)
    if (header !== undefined) this.#socket.write(header)
    if (send !== undefined) this.#socket.write(send, 'latin1')
    if (this.#expected === undefined) this.#passUnlessReset()
    else this.#socket.on('data', (piece) => this.#read(piece))
  }

  #passUnlessReset(): void {
    const tookMs = performance.now() - this.#beganMs
    clearTimeout(this.#timer)
    const withinMs = Math.min(tookMs + RESET_WITHIN_MS, this.#plan.timeoutMs - tookMs)
    this.#timer = judgeIn(withinMs, () => this.#end(undefined, false, tookMs))
  }

  #ended(): void {
    this.#end(this.#expected && 'it ended the connection before it gave the expected answer')
  }

  /** A port for outgoing connections may be the very one that is dialled: then TCP connects the socket to itself. */
  #isSelf(): boolean {
    const socket = this.#socket
    if (this.#address.kind !== 'tcp' || socket.localPort !== this.#address.port) return false
    return socket.localAddress === socket.remoteAddress
  }

  #read(piece: Buffer): void {
    const expected = this.#expected
    if (this.#isOver || expected === undefined) return
    const text = this.#tail.length === 0 ? piece : Buffer.concat([this.#tail, piece])
    if (text.includes(expected)) return this.#end(undefined)
    this.#received += piece.length
    if (this.#received > MOST_ANSWER_BYTES) return this.#end('the first MiB of its answer has not what is expected')
    this.#tail = text.subarray(Math.max(0, text.length - expected.length + 1))
  }

  #late(): string {
    const { timeoutMs } = this.#plan
    if (this.#socket.connecting) return `no connection within ${timeoutMs} ms`
    if (this.#received > 0) return `its answer has not what is expected within ${timeoutMs} ms`
    return `no answer within ${timeoutMs} ms`
  }

  /** Where this process was stopped or starved the server had no chance to answer it in time: that says nothing of the server. */
  #stoodStill(): boolean {
    return performance.now() - this.#beganMs > this.#plan.timeoutMs + STOOD_STILL_MS
  }

  #end(error: string | undefined, isOwnFault = false, tookMs = performance.now() - this.#beganMs): void {
    if (this.#isOver) return
    this.cancel()
    this.#onResult({ tookMs: Math.round(tookMs), error, isOwnFault })
  }

  /** With a reset: the side that closes first would keep its port for a minute (TIME_WAIT), check after check. */
  #close(): void {
    const isConnected = !this.#socket.connecting && !this.#socket.destroyed
    if (isConnected && this.#address.kind === 'tcp') this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }
}

import { formatAddress } from '../../config/fields/address.ts'
import type { ControlAddress } from '../../config/sections/control.ts'
import type { BoundHandle } from '../../engine/engine.ts'
import type { ChannelListener } from '../../system/sockets/channel-listener.ts'
import type { Admin } from '../admin/server.ts'
import type { ListeningSockets } from '../sockets/listeners.ts'
import type { OfferedSocket } from './messages.ts'

interface Offered extends OfferedSocket {
  readonly descriptor: number
  /** Of a listener's socket. */
  readonly handle?: BoundHandle
}

interface OfferedParts {
  readonly sockets: ListeningSockets
  readonly admin: Admin | undefined
  readonly control: { readonly address: ControlAddress; readonly listener: ChannelListener }
}

/** The listening sockets that this copyloop offers to another one. */
export class Offer {
  readonly all: readonly Offered[]

  /** Without unix sockets that nobody can reach any more, because another file stands at their path. */
  constructor({ sockets, admin, control }: OfferedParts) {
    const reachable = sockets.all.filter(({ file }) => file?.isOurs !== false)
    // A listener that gets another name has the same socket twice for a moment.
    const once = reachable.filter(({ handle }, at) => reachable.findIndex((other) => other.handle === handle) === at)
    const ofListeners = once.map(({ handle, bound, isPassed = false }) => ({
      what: 'listener' as const,
      address: formatAddress(bound),
      isPassed,
      descriptor: handle.fd,
      handle,
    }))
    const ofAdmin = { what: 'admin' as const, isPassed: false }
    const ofControl = { what: 'control' as const, address: formatAddress(control.address), isPassed: false }
    const all: Omit<Offered, 'number'>[] = [...ofListeners]
    if (admin && admin.socket.file?.isOurs !== false)
      all.push({ ...ofAdmin, address: formatAddress(admin.socket.bound), descriptor: admin.socket.handle.fd })
    if (control.listener.isReachable) all.push({ ...ofControl, descriptor: control.listener.descriptor })
    this.all = all.map((socket, number) => ({ ...socket, number }))
  }

  /** Those of listeners, or of these numbers of them. */
  handles(numbers: readonly number[] = this.numbers): BoundHandle[] {
    return this.all.flatMap(({ number, handle }) => (handle && numbers.includes(number) ? handle : []))
  }

  get numbers(): number[] {
    return this.all.map(({ number }) => number)
  }

  /** Whether the admin's or the control socket is among these numbers. */
  includes(what: 'admin' | 'control', numbers: readonly number[]): boolean {
    return this.all.some((socket) => socket.what === what && numbers.includes(socket.number))
  }
}

import type { Address } from '../../config/fields/address.ts'
import type { SharedMemory } from '../../serving/shared-memory.ts'
import { systemError } from '../../system/errors.ts'
import { Block } from '../../system/ffi.ts'
import { duplicate } from '../../system/libc.ts'
import { CHUNK_BYTES, ChunkPool } from '../chunk-pool.ts'
import type { Side } from '../direction.ts'
import type { BoundSocket, Engine, EngineEvents, Peer, RelayOwner, Tap } from '../engine.ts'
import type { GivenPeer } from '../hand-over/given-relay.ts'
import type { Meter } from '../meter.ts'
import { Balance } from './balance.ts'
import { KernelDialling } from './dialling.ts'
import type { FlowParts } from './flow/flow-owner.ts'
import { PipePool } from './flow/pipes.ts'
import { KernelListening } from './listening.ts'
import { probeCalls } from './probe.ts'
import { Reactor } from './reactor.ts'
import { KernelRelay } from './relay.ts'
import { KernelPeer } from './socket/kernel-peer.ts'
import type { SocketOrigin } from './socket/kernel-socket.ts'

/**
 * Linux: bytes stay in the kernel, control in TypeScript. One epoll instance a process.
 *
 * @throws the error of a call that this process may not make
 */
export const openKernelEngine = (memory?: SharedMemory): Engine => {
  probeCalls()
  const reactor = new Reactor()
  const balance = new Balance(memory)
  const blocks = new ChunkPool((bytes) => new Block(bytes))
  const parts: FlowParts = {
    reactor,
    pipes: new PipePool(),
    blocks,
    buffer: new Block(CHUNK_BYTES),
    resetsIfKilled: false,
  }
  const dialled: SocketOrigin = { reactor, hasOptions: false, balance: undefined, buffer: parts.buffer }
  const accepted: SocketOrigin = { reactor, hasOptions: true, balance, buffer: parts.buffer }
  return {
    name: 'kernel',
    handOver: {
      adopt: (given: GivenPeer, side: Side) => {
        const peer = new KernelPeer(given.descriptor, given.key, side === 'client' ? accepted : dialled)
        if (side === 'client') balance.adopted()
        const result = peer.take(given)
        if (result < 0) throw systemError(result, 'epoll_ctl')
        return peer
      },
      resetIfKilled: (isOn: boolean) => {
        parts.resetsIfKilled = isOn
      },
    },
    listen: (socket: BoundSocket, onClient: (client: Peer) => void, events: EngineEvents) =>
      new KernelListening(ownDescriptor(socket), onClient, events, parts, balance),
    dial: (address: Address) => new KernelDialling(address, dialled, parts.pipes),
    // Whoever got a peer from this engine got a KernelPeer.
    relay: (client: Peer, upstream: Peer, owner: RelayOwner, meter: Meter, tap?: Tap) =>
      new KernelRelay(client as KernelPeer, upstream as KernelPeer, owner, meter, parts, tap),
  }
}

/** A descriptor of the engine's own: the one of the handle belongs to libuv, which closes it with the handle. */
const ownDescriptor = (socket: BoundSocket): number => {
  if (typeof socket === 'number') return socket
  const descriptor = duplicate(socket.fd)
  socket.close()
  if (descriptor < 0) throw systemError(descriptor, 'fcntl')
  return descriptor
}

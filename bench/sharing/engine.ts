/** What is used of the built streams engine. It is loaded from `dist`: this folder is compiled on its own. */
import type { Socket } from 'node:net'

export interface Receiver {
  onBytes(bytes: Buffer): boolean
  onEnd(): void
  onBroken(): void
}

/** A client as the streams engine hands it out. */
export interface Client {
  receive(receiver: Receiver): void
  write(text: string): void
  close(): void
}

interface StreamsEngine {
  listen(descriptor: number, onClient: (client: Client) => void, events: { onAcceptError(): void }): unknown
}

interface Modules {
  'listening-socket': {
    openListeningSocket(address: { kind: 'tcp'; host: string; port: number }): Promise<{ descriptor: number }>
  }
  'streams/streams-engine': { openStreamsEngine(): StreamsEngine }
  'streams/peer-socket': { PeerSocket: { adopt(accepted: Socket): Client } }
}

export const loadEngine = <Name extends keyof Modules>(name: Name): Promise<Modules[Name]> => {
  return import(new URL(`../../engine/${name}.js`, import.meta.url).href)
}

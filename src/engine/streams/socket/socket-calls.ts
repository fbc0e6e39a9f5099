/** What node:net cannot do, each on a descriptor. */
export interface SocketCalls {
  /** Makes a socket keep an urgent byte in its place in the stream. */
  keepUrgentInline(descriptor: number): void
  /** Holds off new clients of a listening socket; false if that cannot be. */
  holdOffNewClients(descriptor: number): boolean
}

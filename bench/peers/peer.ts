/** A contestant: how to find it, and how to start it before the origin. */
export interface Peer {
  name: string
  label: string
  /** Ours are what the page is about. */
  ours: boolean
  /** Why it cannot take part here, or undefined. */
  absent(): Promise<string | undefined>
  version(): Promise<string>
  /** Undefined: no process at all, the clients go straight to the origin. */
  command(place: Place): Promise<Command> | undefined
  /** What the logs of a trial run, left in its folder, say against its taking part. */
  objection?(folder: string): Promise<string | undefined>
  /** Ours only: the same with options for node itself. */
  withNodeArgs?(nodeArgs: string[]): Peer
}

interface Place {
  listenPort: number
  originPort: number
  /** Worker processes or threads. */
  workers: number
  /** Its own, empty: for its configuration and its logs. Gone afterwards. */
  folder: string
}

interface Command {
  file: string
  args: string[]
  env?: Record<string, string>
}

/** The file of a unix socket: its permissions and its owner. */
import { type BigIntStats, chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs'
import net from 'node:net'

/** Who may connect: bits of chmod(2), and a group's number; without it, the group of the process. */
export interface SocketAccess {
  readonly mode: number
  readonly groupId?: number
}

const SAME_OWNER = -1

/** Runs `bind` so that nobody can connect before `access` is set. */
export const withoutAccess = <Result>(bind: () => Result): Result => {
  const before = process.umask(0o777)
  try {
    return bind()
  } finally {
    process.umask(before)
  }
}

/** The file of a socket that this process has just bound. */
export class SocketFile {
  readonly #path: string
  readonly #identity: BigIntStats | undefined

  constructor(path: string) {
    this.#path = path
    this.#identity = identityOf(path)
  }

  /** @throws the system's error: EPERM if this user may not give the file to that group */
  setAccess({ mode, groupId }: SocketAccess): void {
    if (groupId !== undefined) chownSync(this.#path, SAME_OWNER, groupId)
    chmodSync(this.#path, mode)
  }

  /** False once another socket stands at the path. The inode is not used again while our socket is open. */
  get isOurs(): boolean {
    return isSame(this.#identity, identityOf(this.#path))
  }
}

const identityOf = (path: string): BigIntStats | undefined => lstatSync(path, { bigint: true, throwIfNoEntry: false })

const isSame = (one: BigIntStats | undefined, other: BigIntStats | undefined): boolean =>
  one !== undefined && one.dev === other?.dev && one.ino === other.ino

/** Removes a socket file that a dead process left. Any other file stays, and so does a socket that accepts connections. */
export const removeStaleFile = async (path: string): Promise<void> => {
  const found = identityOf(path)
  if (!found?.isSocket()) return
  const refused = await new Promise<boolean>((resolve) => {
    const probe = net.connect(path)
    probe
      .once('connect', () => resolve(false))
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
    probe.once('connect', () => probe.destroy())
  })
  // Meanwhile another process may have done the same, and bound its own socket.
  if (refused && isSame(found, identityOf(path))) unlinkSync(path)
}

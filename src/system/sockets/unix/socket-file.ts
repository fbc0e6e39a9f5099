/** The file of a unix socket: its permissions and its owner. */
import { type BigIntStats, chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { isBound } from '../unix-sockets.ts'

/** Whose the file is, and who may connect: bits of chmod(2), and numbers; without these, those of the process. */
export interface SocketAccess {
  readonly mode: number
  readonly ownerId?: number
  readonly groupId?: number
}

/** chown(2): as it is. */
const SAME = -1

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

  /** @throws the system's error: EPERM if this user may not give the file to that owner or group */
  setAccess({ mode, ownerId = SAME, groupId = SAME }: SocketAccess): void {
    if (ownerId !== SAME || groupId !== SAME) chownSync(this.#path, ownerId, groupId)
    chmodSync(this.#path, mode)
  }

  /** Removes the file, unless another socket stands there by now. To be called while ours is open. */
  removeIfOurs(): void {
    if (this.isOurs) unlinkSync(this.#path)
  }

  /** False once another socket stands at the path. The inode is not used again while our socket is open. */
  get isOurs(): boolean {
    return isSame(this.#identity, identityOf(this.#path))
  }
}

const identityOf = (path: string): BigIntStats | undefined => lstatSync(path, { bigint: true, throwIfNoEntry: false })

const isSame = (one: BigIntStats | undefined, other: BigIntStats | undefined): boolean =>
  one !== undefined && one.dev === other?.dev && one.ino === other.ino

/**
 * Removes a socket file that a dead process left. Any other file stays, and so does a socket that accepts connections, or
 * that a process has bound and does not listen on yet: a copyloop that starts at the same time.
 */
export const removeStaleFile = async (path: string): Promise<void> => {
  const found = socketAt(path)
  if (found === undefined) return
  const refused = await new Promise<boolean>((resolve) => {
    const probe = net.connect(path)
    probe
      .once('connect', () => resolve(false))
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
    probe.once('connect', () => probe.destroy())
  })
  if (refused) removeIfStill(found, path)
}

/** The same in one go. @param isRefused whether connecting to the socket fails with ECONNREFUSED */
export const removeStaleFileSync = (path: string, isRefused: () => boolean): void => {
  const found = socketAt(path)
  if (found !== undefined && isRefused()) removeIfStill(found, path)
}

const socketAt = (path: string): BigIntStats | undefined => {
  const found = identityOf(path)
  return found?.isSocket() ? found : undefined
}

/** Meanwhile another process may have done the same, and bound its own socket. */
const removeIfStill = (found: BigIntStats, path: string): void => {
  if (!isBound(path) && isSame(found, identityOf(path))) unlinkSync(path)
}

import { EBADF, systemError } from '../../system/errors.ts'
import { Block } from '../../system/ffi.ts'
import {
  accept,
  connect,
  epollCollect,
  epollControl,
  localName,
  pendingError,
  recv,
  remoteName,
  send,
  setOption,
  setPipeSize,
  shutdownWrite,
  splice,
  unsentBytes,
} from '../../system/libc.ts'

const NO_DESCRIPTOR = -1

/**
 * Tries every call that the engine makes with an invalid descriptor. If the call is allowed it fails with EBADF; if a
 * sandbox refuses it (seccomp(2)), with something else.
 *
 * @throws the error of the first call that is refused
 */
export const probeCalls = (): void => {
  const block = new Block(16)
  const calls: Record<string, () => number> = {
    accept4: () => accept(NO_DESCRIPTOR, block),
    connect: () => connect(NO_DESCRIPTOR, block, 16),
    recv: () => recv(NO_DESCRIPTOR, block, 1),
    send: () => send(NO_DESCRIPTOR, block, 0, 1),
    splice: () => splice(NO_DESCRIPTOR, NO_DESCRIPTOR, 1),
    shutdown: () => shutdownWrite(NO_DESCRIPTOR),
    setsockopt: () => setOption(NO_DESCRIPTOR, 0, 0, 0),
    getsockname: () => localName(NO_DESCRIPTOR, block),
    getpeername: () => remoteName(NO_DESCRIPTOR, block),
    getsockopt: () => pendingError(NO_DESCRIPTOR),
    ioctl: () => unsentBytes(NO_DESCRIPTOR),
    fcntl: () => setPipeSize(NO_DESCRIPTOR, 0),
    epoll_ctl: () => epollControl(NO_DESCRIPTOR, 1, NO_DESCRIPTOR, block),
    epoll_wait: () => epollCollect(NO_DESCRIPTOR, block, 1),
  }
  for (const [name, call] of Object.entries(calls)) {
    const result = call()
    if (result !== EBADF) throw systemError(result, name)
  }
}

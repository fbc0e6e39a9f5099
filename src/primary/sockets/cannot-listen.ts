import { type Address, formatAddress } from '../../config/fields/address.ts'
import { StartFailed } from '../exit.ts'

/** What to do about a socket that cannot be opened, by the system's error code. */
const advice = (address: Address, code: string | undefined): string => {
  if (address.kind === 'unix') return unixAdvice(code)
  switch (code) {
    case 'EADDRINUSE':
      return `it is in use by another process; stop that one (\`ss -ltnp 'sport = :${address.port}'\` shows it) or choose another port`
    case 'EADDRNOTAVAIL':
      return `it is not an address of this machine; \`ip address\` shows those, and :${address.port} means all of them`
    case 'EACCES':
      return 'no permission; ports below 1024 need root, CAP_NET_BIND_SERVICE or a lower net.ipv4.ip_unprivileged_port_start'
    case 'EAFNOSUPPORT':
      return 'this machine has no IPv6; choose an IPv4 address'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name does not resolve; choose an IP address of this machine'
    default:
      return 'the system refuses it'
  }
}

const unixAdvice = (code: string | undefined): string => {
  switch (code) {
    case 'EADDRINUSE':
      return 'another process has it, or a file that is no socket is in the way; stop it or choose another path'
    // libuv reports EACCES also for a missing directory (ENOENT), as Windows does.
    case 'EACCES':
    case 'EPERM':
    case 'ENOENT':
    case 'ENOTDIR':
      return 'its directory does not exist, or this user may not write to it or to the socket that is there; create it or choose another path'
    case 'EROFS':
      return 'its file system is read-only; choose another path'
    case 'ENAMETOOLONG':
    case 'EINVAL':
      return 'the path is too long for a socket (107 bytes); choose a shorter one'
    default:
      return 'the system refuses it'
  }
}

/** A listener cannot have its sockets. */
export class SocketRefused extends StartFailed {
  readonly listener: string

  constructor(listener: string, { message, cause }: StartFailed) {
    super(message, { cause })
    this.listener = listener
  }
}

const FOREIGN_OWNER =
  'this user may not give the socket to that owner or group; only root may set unix.owner to another user, and others may ' +
  'set unix.group to a group that they are members of'

/**
 * The error for an address that another socket of this process has: by a name that resolved to it. The system would refuse
 * it only when workers listen on both.
 */
export const alreadyTaken = (what: string, address: Address, holder: string): StartFailed =>
  new StartFailed(
    `${what} cannot listen on ${formatAddress(address)}: ${holder} has it; choose another address or port`,
  )

/** The error for a socket that cannot be opened, with what to do about it. `what` is `listener web` or `the admin`. */
export const cannotListen = (what: string, address: Address, error: unknown): StartFailed => {
  const { code, message, syscall } = error as NodeJS.ErrnoException
  const todo = syscall === 'chown' ? FOREIGN_OWNER : advice(address, code)
  const says = `${what} cannot listen on ${formatAddress(address)}: ${todo} (${code ?? message})`
  return new StartFailed(says, { cause: error })
}

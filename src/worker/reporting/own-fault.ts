/**
 * What this side lacked for a dial, by the error (socket(2), connect(2)): it tells nothing about the server.
 * EADDRNOTAVAIL has two reasons that look the same.
 */
const LACK: Partial<Record<string, string>> = {
  EMFILE: 'this worker has no descriptor left; raise the limit of open files or lower maxConnections',
  ENFILE: 'the system has no descriptor left',
  ENOBUFS: 'the system has no memory left for sockets',
  ENOMEM: 'the system has no memory left for sockets',
  EADDRNOTAVAIL: 'no port is left for it, or this machine has no address of its family',
}

/** What was lacking, in words; undefined if the dial failed for another reason. */
export const lackOf = ({ code }: NodeJS.ErrnoException): string | undefined => LACK[code ?? '']

import { spawnSync } from 'node:child_process'

/** Begins a command line that runs in a mount namespace of its own (unshare(1)): what it mounts nobody else sees. */
const UNSHARE = ['unshare', '--user', '--map-root-user', '--mount']

const [command = '', ...options] = UNSHARE
export const canUnshare = spawnSync(command, [...options, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0

/** For a shell that then becomes a program (see Copyloop): it becomes that in the namespace, after `mounting`. */
export const unsharing = (mounting: string): string =>
  `exec ${UNSHARE.join(' ')} sh -c '${mounting} && exec "$0" "$@"' "$0" "$@"; false`

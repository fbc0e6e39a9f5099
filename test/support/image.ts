import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of the host, because an image's base is not here: what Node and the program that drops capabilities need. */
const LENT = ['usr', 'lib', 'lib64', 'bin']
const NODE = '/nodejs/bin/node'

/**
 * A shell’s words that run a command in the file system of an image as Kubernetes is asked to: PID 1 of its own namespace, a
 * user other than root, read-only, without capabilities, with the network of the host.
 *
 * @param mounts what is seen at a directory of the image
 */
export const inImage = (root: string, user: number, mounts: Readonly<Record<string, string>> = {}): string => {
  const made = [...LENT, 'proc', 'dev', ...Object.keys(mounts)]
  for (const directory of made) mkdirSync(join(root, directory), { recursive: true })
  mkdirSync(join(root, '/nodejs/bin'), { recursive: true })
  writeFileSync(join(root, NODE), '')
  const steps = [
    `mount --rbind ${root} ${root}`,
    ...LENT.map((directory) => `if [ -e /${directory} ]; then mount --rbind /${directory} ${root}/${directory}; fi`),
    `mount --bind ${process.execPath} ${root}${NODE}`,
    ...Object.entries(mounts).map(([to, from]) => `mount --bind ${from} ${root}${to}`),
    `mount --rbind /dev ${root}/dev`,
    `mount -t tmpfs none ${root}/dev/shm`,
    `mount -t proc proc ${root}/proc`,
    `mount -o remount,ro,bind ${root}`,
    `exec setpriv --no-new-privs chroot ${root} setpriv --ambient-caps=-all --inh-caps=-all --bounding-set=-all "$0" "$@"`,
  ]
  const unshare = `unshare --user --map-user=${user} --map-group=${user} --keep-caps --mount --pid --fork --kill-child`
  return `${unshare} sh -c '${steps.join(' && ')}'`
}

/** Why nothing can be run so here, for a test's name; empty if it can. */
export const whyNoImage = (directory: string): string => {
  const { status } = spawnSync('sh', ['-c', `${inImage(directory, 65532)} true`])
  return status === 0 ? '' : ' (skipped: unshare(1) cannot make what a container is made of here)'
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Copyloop, newDirectory, writeConfig } from '../e2e/support/proxy.ts'
import { unsharing } from './mounts.ts'

/** Files that take the places of the system's. */
export interface ResolverFiles {
  /** Lines of resolv.conf(5). */
  readonly resolver: string
  /** Lines of hosts(5); the system's unless given. */
  readonly hosts?: string
}

/** Starts copyloop with resolver files of its own, in a mount namespace (see `canUnshare`), and waits until it serves. */
export const runWithResolver = (config: object, { resolver, hosts }: ResolverFiles): Promise<Copyloop> => {
  const directory = newDirectory()
  const mounts = Object.entries({ 'resolv.conf': resolver, ...(hosts !== undefined && { hosts }) }).map(
    ([name, text]) => {
      writeFileSync(join(directory, name), text)
      return `mount --bind ${join(directory, name)} /etc/${name}`
    },
  )
  const file = writeConfig(config, directory)
  return new Copyloop(['run', '-c', file], {}, undefined, unsharing(mounts.join(' && '))).serving()
}

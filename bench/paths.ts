import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const findUp = (folder: string): string => {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('no package.json above the benchmark')
  return findUp(parent)
}

/**
 * The project: the nearest folder above with a package.json. The same from the sources and from what is built of them.
 */
export const projectRoot = findUp(import.meta.dirname)
/** What is not compiled (the contestants' configurations) is read from the sources. */
export const peersFolder = join(projectRoot, 'bench', 'peers')

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { peersFolder } from '../paths.ts'

const execute = promisify(execFile)

/** What a program prints about itself, or undefined when it is not installed. nginx and others use stderr for it. */
export const says = async (file: string, ...args: string[]): Promise<string | undefined> => {
  try {
    const { stdout, stderr } = await execute(file, args)
    return `${stdout}${stderr}`.trim()
  } catch (error) {
    if (isNotInstalled(error)) return undefined
    throw error
  }
}

const isNotInstalled = (error: unknown): boolean => {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Writes the template `bench/peers/NAME` with its __WORDS__ replaced to `target`. */
export const fillTemplate = async (
  name: string,
  words: Record<string, string | number>,
  target: string,
): Promise<void> => {
  const template = await readFile(join(peersFolder, name), 'utf8')
  const text = template.replace(/__([A-Z_]+?)__/g, (_whole, word: string) => {
    const value = words[word]
    if (value === undefined) throw new Error(`${name} asks for __${word}__, which nobody gave`)
    return String(value)
  })
  await writeFile(target, text)
}

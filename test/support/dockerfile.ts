/** A Dockerfile's instructions, and what its steps leave behind, without a container engine: as far as ours goes. */
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

export interface Instruction {
  readonly name: string
  readonly text: string
}

export interface Stage {
  readonly from: string
  readonly name: string
  readonly instructions: readonly Instruction[]
}

export const readStages = (file: string): Stage[] => {
  const lines = readFileSync(file, 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
  const instructions = lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', text = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
      return { name, text }
    })
  const starts = instructions.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []))
  return starts.map((start, index) => {
    const [from = '', , name = ''] = instructions[start]?.text.split(' ') ?? []
    return { from, name, instructions: instructions.slice(start + 1, starts[index + 1]) }
  })
}

/** The last of this name, without its own flags (`--interval=10s`). */
export const lastOf = ({ instructions }: Stage, name: string): string =>
  instructions.findLast((instruction) => instruction.name === name)?.text.replace(/^(--\S+\s+)+/, '') ?? ''

/** The words of an exec form: `["node", "-e"]`. */
export const execForm = (text: string): string[] => JSON.parse(text.replace(/^CMD\s+/, ''))

/** The files of a build context whose .dockerignore leaves out everything but what it names with `!`. */
const contextOf = (directory: string): Set<string> => {
  const [first, ...kept] = readFileSync(join(directory, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (first !== '*' || !kept.every((line) => /^![\w.-]+$/.test(line)))
    throw new Error('this .dockerignore is not read here')
  return new Set(kept.map((line) => line.slice(1)))
}

/**
 * Does the COPY and RUN steps of all stages, each in a directory of its own that is the root of its file system.
 *
 * @param run does a RUN step in a directory
 * @returns the root of the last stage
 */
export const buildStages = (
  stages: readonly Stage[],
  context: string,
  into: string,
  run: (step: string, directory: string) => void,
): string => {
  let root = ''
  for (const { instructions, name, from } of stages) {
    root = join(into, name || basename(from))
    mkdirSync(root)
    let directory = root
    for (const { name: step, text } of instructions) {
      if (step === 'WORKDIR') {
        directory = join(root, text)
        mkdirSync(directory, { recursive: true })
      }
      if (step === 'RUN') run(text, directory)
      if (step === 'COPY') copy(text, { context, into, root, directory })
    }
  }
  return root
}

interface Places {
  readonly context: string
  /** Where the stages are. */
  readonly into: string
  /** Of this stage. */
  readonly root: string
  readonly directory: string
}

const copy = (text: string, { context, into, root, directory }: Places): void => {
  const [, stage, rest = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? []
  const words = rest.split(' ')
  const target = words.pop() ?? ''
  const targetPath = target.startsWith('/') ? join(root, target) : resolve(directory, target)
  const allowed = contextOf(context)
  for (const source of words) {
    if (stage === undefined && !allowed.has(source)) throw new Error(`${source} is not in the build context`)
    const from = stage === undefined ? join(context, source) : join(into, stage, source)
    mkdirSync(dirname(targetPath), { recursive: true })
    cpSync(from, target.endsWith('/') ? join(targetPath, basename(source)) : targetPath, { recursive: true })
  }
}

/** All files below a directory. */
export const filesBelow = (directory: string): string[] => readdirSync(directory, { recursive: true, encoding: 'utf8' })

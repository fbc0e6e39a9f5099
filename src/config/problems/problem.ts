/** Where in a config: keys and positions from the top. */
export type Path = readonly (string | number)[]

/** Something wrong, not yet located in its source. With `at: 'key'` the path means the key itself, else its value. */
export interface Finding {
  readonly path: Path
  readonly at: 'key' | 'value'
  readonly message: string
  readonly hint?: string
}

/** Something wrong, located and ready to be shown. */
export interface Problem {
  /** What was read: a file, a flag (`--listen`) or an environment variable. */
  readonly source: string
  /** `listeners[0].timeouts.idle`; empty for the source as a whole. */
  readonly path: string
  /** Both count from 1. */
  readonly line?: number
  readonly column?: number
  /** What is wrong, and what to write instead. */
  readonly message: string
  /** A guess at what was meant. */
  readonly hint?: string
}

const FLAG = /^--[a-z]+$/

/** A config that cannot be used, with everything that is wrong with it. `message` has one line per problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }

  /** Whether the mistake is on the command line and not in a file. */
  get isWrongUsage(): boolean {
    return this.problems.some(({ source }) => FLAG.test(source))
  }
}

/** `proxy.yaml:3:5 listeners[0].listen: "80x" is not a port; write a number from 1 to 65535` */
export const formatProblem = ({ source, line, column, path, message, hint }: Problem): string => {
  const where = line === undefined ? source : `${source}:${line}:${column}`
  return `${where}${path === '' ? '' : ` ${path}`}: ${message}${hint === undefined ? '' : `; ${hint}`}`
}

export const formatPath = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    if (!/^[\w-]+$/.test(step)) return `${text}[${JSON.stringify(step.slice(0, 60))}]`
    return text === '' ? step : `${text}.${step}`
  }, '')

/** A problem in something that has no lines. */
export const unlocated = (source: string, { path, message, hint }: Finding): Problem => ({
  source,
  path: formatPath(path),
  message,
  ...(hint === undefined ? {} : { hint }),
})

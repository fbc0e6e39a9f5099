import { parseArgs } from 'node:util'
import { FEATURES, type Feature } from './plan/road.ts'

export const usage = `npm run soak -- [options]

  --minutes N         1 unless told; or --seconds N
  --engine NAME       kernel or streams; kernel unless told
  --seed N            another one each time unless told; it is printed first
  --concurrency N     connections at a time, 300 unless told
  --workers N         2 unless told
  --chaos             reloads changed configs, replaces all workers, kills and stops workers, drains servers, rotates the
                      log, takes its folder away and changes its level
  --without a,b       leaves out:
${Object.entries(FEATURES)
  .map(([name, what]) => `                        ${name.padEnd(10)} ${what}`)
  .join('\n')}
  --only N            every connection has the plan of number N, as a fault shows it

Examples: npm run soak -- --seconds 60 --engine streams
          npm run soak -- --minutes 30 --chaos --seed 7`

export interface Options {
  readonly seconds: number
  readonly engine: 'kernel' | 'streams'
  readonly seed: number
  readonly concurrency: number
  readonly workers: number
  readonly chaos: boolean
  readonly without: ReadonlySet<Feature>
  readonly only: number | undefined
  readonly help: boolean
}

/** @throws an error with a readable message for anything that is not in `usage` */
export const readOptions = (args: string[]): Options => {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args,
    options: {
      minutes: text,
      seconds: text,
      engine: { type: 'string', default: 'kernel' },
      seed: text,
      concurrency: text,
      workers: text,
      chaos: flag,
      without: text,
      only: text,
      help: flag,
    },
  })
  if (values.engine !== 'kernel' && values.engine !== 'streams') {
    throw new Error(`--engine ${values.engine}: there are kernel and streams`)
  }
  return {
    seconds: whole('--seconds', values.seconds) ?? (whole('--minutes', values.minutes) ?? 1) * 60,
    engine: values.engine,
    seed: whole('--seed', values.seed) ?? Math.floor(Math.random() * 1e9),
    concurrency: whole('--concurrency', values.concurrency) ?? 300,
    workers: whole('--workers', values.workers) ?? 2,
    chaos: values.chaos,
    without: new Set(
      (values.without ?? '')
        .split(',')
        .filter((name) => name !== '')
        .map(feature),
    ),
    only: whole('--only', values.only),
    help: values.help,
  }
}

/** The command that runs one connection's plan again, over and over. */
export const rerunCommand = ({ engine, seed, without, workers }: Options, number: number): string =>
  `npm run soak -- --seconds 10 --engine ${engine} --workers ${workers} --seed ${seed}` +
  `${without.size > 0 ? ` --without ${[...without].join(',')}` : ''} --only ${number}`

const feature = (name: string): Feature => {
  if (isFeature(name)) return name
  throw new Error(`--without ${name}: there is only ${Object.keys(FEATURES).join(', ')}`)
}

const isFeature = (name: string): name is Feature => Object.hasOwn(FEATURES, name)

const whole = (option: string, value: string | undefined): number | undefined => {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${option} ${value}: expected a whole number`)
  return number
}

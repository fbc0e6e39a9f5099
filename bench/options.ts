import { parseArgs } from 'node:util'
import type { Durations } from './measure/measure.ts'

export const usage = `npm run bench -- [options]

  --quick            two minutes, one round, tiny amounts: shows that the benchmark runs, never who is faster
  --only a,b         only these works; a prefix does ("scale", "bulk")
  --peers a,b        only these contestants; a prefix does ("copyloop", "nginx"; "batch": nginx and HAProxy under
                     the scheduling policy that copyloop's workers ask for themselves)
  --rounds N         5 unless told
  --seconds N        of each measured run, 3 unless told
  --rate N           requests per second of "latency"; half of what nginx can do unless told
  --out FOLDER       where the page goes; docs for a whole run, else a temporary folder
  --compare REV      our own engines at REV beside the working tree, nobody else
  --inspection       our own engines without an inspector, with one that passes all, and with one that detaches at once
  --profile WORK     a CPU profile and a count of system calls of our workers in one work, no comparison
  --render FILE      writes the page again from its raw data, measures nothing

Examples: npm run bench -- --inspection --only bulk,scale-100
          npm run bench -- --only connect,http --peers copyloop,nginx --rounds 7
          npm run bench -- --compare HEAD~1 --only bulk`

export interface Options {
  quick: boolean
  only: string[]
  peers: string[]
  rounds: number
  durations: Durations
  rate: number | undefined
  out: string | undefined
  compare: string | undefined
  inspection: boolean
  profile: string | undefined
  render: string | undefined
  help: boolean
}

/** Throws an error with a readable message for anything that is not in `usage`. */
export const readOptions = (args: string[]): Options => {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args,
    options: {
      quick: flag,
      help: flag,
      only: text,
      peers: text,
      rounds: text,
      seconds: text,
      rate: text,
      out: text,
      compare: text,
      inspection: flag,
      profile: text,
      render: text,
    },
  })
  const seconds = positive('--seconds', values.seconds) ?? (values.quick ? 0.3 : 3)
  return {
    quick: values.quick,
    help: values.help,
    only: list(values.only),
    peers: list(values.peers),
    rounds: Math.ceil(positive('--rounds', values.rounds) ?? (values.quick ? 1 : 5)),
    durations: {
      seconds,
      // Long enough for V8 to have compiled what is hot, and for both workers to have had connections.
      warmUpSeconds: values.quick ? 0.1 : Math.min(1, seconds),
      settleSeconds: values.quick ? 0.05 : 0.3,
      // V8 gives back what it needed while connections were opened, and no longer does, after some 20 s.
      idleSeconds: values.quick ? 0.2 : 32,
      idleWarmUps: values.quick ? 1 : 10,
    },
    rate: positive('--rate', values.rate),
    out: values.out,
    compare: values.compare,
    inspection: values.inspection,
    profile: values.profile,
    render: values.render,
  }
}

/** All items when nothing was chosen, else those whose name is, or starts with, one of the choices. */
export const choose = <T extends { name: string }>(
  items: readonly T[],
  choices: readonly string[],
  option: string,
): T[] => {
  for (const choice of choices) {
    if (!items.some((item) => item.name.startsWith(choice))) {
      throw new Error(`${option} ${choice}: there is only ${items.map((item) => item.name).join(', ')}`)
    }
  }
  return items.filter((item) => choices.length === 0 || choices.some((choice) => item.name.startsWith(choice)))
}

const list = (value: string | undefined): string[] => {
  return value === undefined ? [] : value.split(',').filter((item) => item !== '')
}

const positive = (option: string, value: string | undefined): number | undefined => {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!(number > 0)) throw new Error(`${option} ${value}: expected a number above 0`)
  return number
}

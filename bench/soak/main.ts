/**
 * START HERE. `npm run soak -- --help`. Random connections through the real program, each checked at both ends and
 * beside its log line; at the end the totals, and what the processes hold.
 *
 *     clients (load/) ──▶ dist/cli.js run (proxy/) ──▶ servers (load/)
 *            │                    │ log, /stats                │
 *            └────────────────▶ check/ ◀───────────────────────┘
 *
 * With `--chaos`, chaos/ disturbs the program meanwhile.
 */
import { runProgram } from '../measure/children.ts'
import { readOptions, rerunCommand, usage } from './options.ts'
import { say } from './report.ts'
import { Soak } from './soak.ts'

const main = async (): Promise<boolean> => {
  const options = readOptions(process.argv.slice(2))
  if (options.help) {
    say(usage)
    return true
  }
  const { seed, seconds, engine, chaos } = options
  say(`seed ${seed}: ${seconds} s on the ${engine} engine${chaos ? ', with chaos' : ''}`)
  const soak = await Soak.open(options, (number) => rerunCommand(options, number))
  try {
    return await soak.run()
  } finally {
    await soak.close()
  }
}

await runProgram(main)

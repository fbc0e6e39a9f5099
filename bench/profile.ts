import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withSetting } from './measure/measure.ts'
import { processTree } from './measure/processes.ts'
import { countCalls, straceAbsent } from './measure/strace.ts'
import type { Options } from './options.ts'
import type { Peer } from './peers/peer.ts'
import { topOfProfile } from './report/cpu-profile.ts'
import { number } from './report/svg.ts'
import type { Work } from './work/work.ts'

/**
 * Facts for the next improvement: for each of our engines a CPU profile of its workers, and for every contestant that
 * was chosen the system calls per unit of work. Two runs, because strace slows what it watches. Others are counted too,
 * to compare with: `--peers nginx,copyloop`.
 */
export const profile = async (work: Work, peers: readonly Peer[], options: Options): Promise<void> => {
  const folder = options.out ?? mkdtempSync(join(tmpdir(), 'copyloop-bench-profile-'))
  mkdirSync(folder, { recursive: true })
  const noStrace = await straceAbsent()
  for (const peer of peers.filter((candidate) => candidate.name !== 'direct')) {
    if (peer.ours) await cpuProfile(work, peer, join(folder, peer.name), options)
    if (noStrace === undefined) await systemCalls(work, peer, folder, options)
  }
  if (noStrace !== undefined) console.log(`No system calls counted: ${noStrace}.`)
  console.log(`Profiles (open them in Chromium's DevTools, "Performance", or in speedscope): ${folder}`)
}

const cpuProfile = async (work: Work, peer: Peer, folder: string, options: Options): Promise<void> => {
  const profiled = peer.withNodeArgs?.(['--cpu-prof', `--cpu-prof-dir=${folder}`]) ?? peer
  await withSetting(work, profiled, async ({ generators }) => {
    const { warmUpSeconds, seconds } = options.durations
    await Promise.all(generators.map((generator) => generator.run(warmUpSeconds + seconds)))
  })
  // Each process wrote one at its end: two workers, and the primary, which has done nothing but start.
  const [busiest] = readdirSync(folder)
    .filter((file) => file.endsWith('.cpuprofile'))
    .map((file) => ({ file, ...topOfProfile(readFileSync(join(folder, file), 'utf8'), 20) }))
    .sort((a, b) => b.busySeconds - a.busySeconds)
  if (!busiest) return console.log(`${peer.label}: its processes left no profile`)
  console.log(`\n${peer.label}, ${work.title}: where the busiest process's time goes (self time), ${busiest.file}`)
  for (const { name, percent } of busiest.functions) console.log(`  ${percent.toFixed(1).padStart(5)} %  ${name}`)
}

const systemCalls = async (work: Work, peer: Peer, folder: string, options: Options): Promise<void> => {
  await withSetting(work, peer, async ({ peer: running, generators }) => {
    const run = (seconds: number) => Promise.all(generators.map((generator) => generator.run(seconds)))
    await run(options.durations.warmUpSeconds)
    let units = 0
    const pids = running.pid === undefined ? [] : processTree(running.pid)
    const counts = await countCalls(pids, async () => {
      const [main] = await run(options.durations.seconds)
      units = main?.units ?? 0
    })
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    // Bulk counts bytes: a call per byte would be a row of zeros.
    const [per, name] =
      work.unit.size === 1e9 ? [units / 1e6, 'MB'] : [units, work.unit.name.replace(/^100k (.*)s$/, '$1')]
    const lines = [...counts]
      .sort((a, b) => b[1] - a[1])
      .map(([call, count]) => `  ${number(count / per).padStart(8)}  ${call}`)
    const text = [`${peer.label}, ${work.title}: ${number(total / per)} system calls per ${name}`, ...lines].join('\n')
    writeFileSync(join(folder, `${peer.name}-${work.name}-syscalls.txt`), `${text}\n`)
    console.log(`\n${text}`)
  })
}

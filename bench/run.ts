/**
 * START HERE. `npm run bench -- --help`. Top to bottom: choose who and what, find the rate, run the plan, write the
 * page.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareRevision } from './compare.ts'
import { cleanUpAtEnd } from './measure/children.ts'
import { describeMachine } from './measure/machine.ts'
import { measure } from './measure/measure.ts'
import { plan } from './measure/plan.ts'
import { calibrateRate } from './measure/rate.ts'
import { choose, type Options, readOptions, usage } from './options.ts'
import { projectRoot } from './paths.ts'
import { chooseContestants } from './peers/choose.ts'
import type { Peer } from './peers/peer.ts'
import { profile } from './profile.ts'
import type { Data, PeerFacts } from './report/data.ts'
import { outFolder, saveUnfinished, toolVersions, writeReport } from './report/files.ts'
import { progressLine, summary } from './report/terminal.ts'
import { allWorks } from './work/all.ts'

/** `--quick` starts no further runs after this, so that the whole takes at most two minutes. */
const quickBudgetMs = 105_000

const main = async (options: Options): Promise<void> => {
  if (options.help) return console.log(usage)
  if (options.render !== undefined) {
    const data = JSON.parse(readFileSync(options.render, 'utf8')) as Data
    return writeReport(data, options.out ?? join(projectRoot, 'docs'))
  }
  const startedAt = Date.now()
  const machine = describeMachine()
  const scale = {
    // Many, because heaps vary: with few, the variation would exceed the memory of the connections.
    idleConnections: options.quick ? 300 : 7500,
    connections: options.quick ? [1, 100] : [1, 10, 100, 1000, 4000],
  }
  const worksAt = (rate: number) => choose(allWorks({ ...scale, rate }), chosenWorks(options), '--only or --profile')
  const needsRate = worksAt(1).some((work) => work.name === 'latency')

  const revision = options.compare === undefined ? undefined : await prepareRevision(options.compare)
  const { taking, absent } = await chooseContestants(options.peers, revision, options.inspection)
  for (const { peer, reason } of absent) say(`${peer.label} does not take part: ${reason}`)
  if (taking.length === 0) throw new Error('nobody takes part')

  const rate = options.rate ?? (needsRate ? await calibrateRate(taking, options.durations) : 1)
  if (needsRate) say(`latency at ${rate} requests per second`)
  const works = worksAt(rate)
  if (options.profile !== undefined) {
    for (const work of works) await profile(work, taking, options)
    return
  }

  const data: Data = {
    machine,
    tools: toolVersions(),
    rounds: options.rounds,
    durations: options.durations,
    quick: options.quick,
    ...(options.compare === undefined ? {} : { comparedWith: options.compare }),
    peers: [
      ...(await Promise.all(taking.map(async (peer) => ({ ...factsOf(peer), version: await peer.version() })))),
      ...absent.map(({ peer, reason }) => ({ ...factsOf(peer), absent: reason })),
    ],
    works: [],
    samples: [],
  }
  const present = []
  for (const work of works) {
    const reason = await work.absent?.()
    data.works.push(reason === undefined ? work : { ...work, notMeasured: reason })
    if (reason === undefined) present.push(work)
    else say(`${work.title}: not measured, ${reason}`)
  }

  const steps = [...plan(options.rounds, present, taking)]
  const runs = steps.flat().length
  for (const step of steps) {
    if (options.quick && Date.now() - startedAt > quickBudgetMs) {
      say(`two minutes are over: ${runs - data.samples.length} runs left out`)
      break
    }
    const measuring = step.map(async ({ round, position, work, peer }) => {
      const measured = await measure(work, peer, options.durations)
      const sample = { round, position, work: work.name, peer: peer.name, ...measured }
      data.samples.push(sample)
      say(`${data.samples.length}/${runs} ${progressLine(sample, work)}`)
    })
    await Promise.all(measuring)
    saveUnfinished(data)
  }
  writeReport(data, outFolder(options))
  console.log(summary(data))
}

const chosenWorks = (options: Options): string[] => {
  return options.profile === undefined ? options.only : [options.profile]
}

const factsOf = ({ name, label, ours }: Peer): PeerFacts => {
  return { name, label, ours, version: '' }
}

/** Progress and remarks go to stderr, results to stdout. */
const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

cleanUpAtEnd()
try {
  await main(readOptions(process.argv.slice(2)))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (process.env.DEBUG !== undefined) console.error(error)
  process.exitCode = 1
}
// Processes that still run are ended by cleanUpAtEnd, not waited for.
process.exit()

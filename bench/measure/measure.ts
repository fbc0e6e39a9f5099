import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadResult } from '../load/load.ts'
import type { Peer } from '../peers/peer.ts'
import { type RunningPeer, startPeer } from '../peers/run-peer.ts'
import { firstConnections } from '../work/all.ts'
import { type FigureName, isFigureName, type Work } from '../work/work.ts'
import { Generator, type Origin, startOrigin } from './forked.ts'
import { freePort } from './ports.ts'
import { anonymousKiB, cpuSeconds, machineBusySeconds } from './processes.ts'
import type { Sample } from './sample.ts'

export interface Durations {
  warmUpSeconds: number
  seconds: number
  /** Between the load's end and the last look: buffered logs and deferred closes belong to the work. */
  settleSeconds: number
  /** How long connections are left alone before they count as idle. */
  idleSeconds: number
  /** Populations of connections that come and go before the first look at memory. */
  idleWarmUps: number
}

export interface Setting {
  origin: Origin
  peer: RunningPeer
  generators: Generator[]
}

export type Measurement = Pick<Sample, 'seconds' | 'units' | 'figures' | 'errors' | 'command'>

/** Starts origin, contestant and generators for one run, and ends them afterwards, in whatever way it went. */
export const withSetting = async <T>(work: Work, peer: Peer, use: (setting: Setting) => Promise<T>): Promise<T> => {
  const toStop: { stop(): Promise<void> }[] = []
  try {
    const origin = await startOrigin(await freePort())
    toStop.push(origin)
    const running = await startPeer(peer, origin.port, work.workers ?? 2)
    toStop.push(running)
    const generators: Generator[] = []
    for (const { kind, settings } of work.loads) {
      const generator = await Generator.start(kind, { ...settings, port: running.port })
      toStop.push(generator)
      generators.push(generator)
    }
    return await use({ origin, peer: running, generators })
  } finally {
    // Generators first: a proxy that must drain would wait for their connections.
    for (const started of toStop.reverse()) await started.stop()
  }
}

/** One run of one work with one contestant. What goes wrong is in `errors`; it does not throw. */
export const measure = async (work: Work, peer: Peer, durations: Durations): Promise<Measurement> => {
  try {
    return await withSetting(work, peer, (setting) =>
      work.memory ? measureMemory(setting, durations) : measureCpu(work, setting, durations),
    )
  } catch (error) {
    return { seconds: 0, units: 0, figures: {}, errors: [String(error)], command: '' }
  }
}

const measureCpu = async (work: Work, setting: Setting, durations: Durations): Promise<Measurement> => {
  const { origin, peer, generators } = setting
  const runAll = (seconds: number) => Promise.all(generators.map((generator) => generator.run(seconds)))
  const warmUp = await runAll(durations.warmUpSeconds * (work.warmUps ?? 1))

  const look = () => ({
    proxy: peer.pid === undefined ? 0 : cpuSeconds(peer.pid),
    generators: generators.reduce((sum, generator) => sum + cpuSeconds(generator.pid), 0),
    origin: cpuSeconds(origin.pid),
    machine: machineBusySeconds(),
  })
  const before = look()
  const results = await runAll(durations.seconds)
  await sleep(durations.settleSeconds * 1000)
  const after = look()

  const [main] = results
  if (!main) throw new Error(`${work.name} has no generator`)
  const used = {
    proxy: after.proxy - before.proxy,
    generators: after.generators - before.generators,
    origin: after.origin - before.origin,
    machine: after.machine - before.machine,
  }
  const perUnit = (seconds: number) => (seconds * work.unit.size) / main.units
  const errors = [...warmUp, ...results].flatMap((result) => result.errors)
  if (main.units === 0) errors.push('nothing was done')
  return {
    seconds: main.seconds,
    units: main.units,
    command: peer.commandLine,
    errors,
    figures: {
      ...(peer.pid === undefined ? {} : { proxyCpu: perUnit(used.proxy) }),
      machineCpu: perUnit(used.machine),
      perSecond: main.units / main.seconds,
      generatorCores: used.generators / main.seconds,
      originCores: used.origin / main.seconds,
      // Other programs on the machine, and what the kernel does in nobody's name.
      elsewhereCores: Math.max(0, used.machine - used.proxy - used.generators - used.origin) / main.seconds,
      ...knownFigures(results),
    },
  }
}

/**
 * What idle connections add to those that there are already: a proxy's first ones also pay for what it makes ready, code
 * that was compiled for instance, and that is not the memory of a connection.
 */
const measureMemory = async ({ peer, generators }: Setting, durations: Durations): Promise<Measurement> => {
  const [generator] = generators
  if (!generator) throw new Error('no generator')
  const look = () => (peer.pid === undefined ? 0 : anonymousKiB(peer.pid))
  const empty = look()
  const before = []
  for (let population = 0; population < durations.idleWarmUps; population++) before.push(await comeAndGo(peer.port))
  const first = await Generator.start('idle', { port: peer.port, connections: firstConnections })
  try {
    const began = await first.run(0)
    await sleep(durations.idleSeconds * 1000)
    const few = look()
    const opened = await generator.run(0)
    await sleep(durations.idleSeconds * 1000)
    const all = look()
    // Used again, after the look: they must all have been there.
    const used = [await first.run(0), await generator.run(0)]

    const growth = (all - few) / opened.units
    return {
      seconds: opened.seconds,
      units: opened.units,
      command: peer.commandLine,
      errors: [...before, began, opened, ...used].flatMap(({ errors }) => errors),
      figures: peer.pid === undefined ? {} : { kibPerConnection: growth, emptyMib: empty / 1024, fullMib: all / 1024 },
    }
  } finally {
    await first.stop()
  }
}

/** As many connections as stand beside the work's own, opened, used once and closed. */
const comeAndGo = async (port: number): Promise<LoadResult> => {
  const generator = await Generator.start('idle', { port, connections: firstConnections })
  try {
    return await generator.run(0)
  } finally {
    await generator.stop()
  }
}

const knownFigures = (results: LoadResult[]): Partial<Record<FigureName, number>> => {
  const found: Partial<Record<FigureName, number>> = {}
  for (const { figures } of results) {
    for (const [name, value] of Object.entries(figures)) if (isFigureName(name)) found[name] = value
  }
  return found
}

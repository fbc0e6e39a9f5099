import { Generator, startOrigin } from '../measure/forked.ts'
import { freePort } from '../measure/ports.ts'
import { choose } from '../options.ts'
import { allPeers } from './all.ts'
import { batchPeers } from './batch.ts'
import { copyloop } from './copyloop.ts'
import type { Peer } from './peer.ts'
import { startPeer } from './run-peer.ts'

export interface Revision {
  name: string
  root: string
}

export interface Contestants {
  taking: Peer[]
  absent: { peer: Peer; reason: string }[]
}

/** Those that were asked for, each tried once: what cannot start here is left out, with what it said. */
export const chooseContestants = async (
  choices: readonly string[],
  revision: Revision | undefined,
  inspection: boolean,
): Promise<Contestants> => {
  const contestants: Contestants = { taking: [], absent: [] }
  const field = fieldOf(revision, inspection)
  for (const peer of choose(choices.length > 0 ? [...field, ...batchPeers] : field, choices, '--peers')) {
    const reason = (await peer.absent()) ?? (await whyItCannotStart(peer))
    if (reason === undefined) contestants.taking.push(peer)
    else contestants.absent.push({ peer, reason })
  }
  return contestants
}

const fieldOf = (revision: Revision | undefined, inspection: boolean): readonly Peer[] => {
  if (inspection) return inspecting()
  return revision ? comparing(revision) : allPeers
}

/** Each engine without an inspector and with each of those in bench/inspection. */
const inspecting = (): Peer[] => {
  return (['kernel', 'streams'] as const).flatMap((engine) => [
    copyloop({ engine }),
    copyloop({ engine, inspector: 'detach-first' }),
    copyloop({ engine, inspector: 'pass-all' }),
  ])
}

/** Each engine now and at the revision, side by side. */
const comparing = ({ name, root }: Revision): Peer[] => {
  return (['kernel', 'streams'] as const).flatMap((engine) => [
    copyloop({ engine }),
    copyloop({ engine, root, revision: name }),
  ])
}

const whyItCannotStart = async (peer: Peer): Promise<string | undefined> => {
  const origin = await startOrigin(await freePort())
  try {
    const running = await startPeer(peer, origin.port, 2)
    const errors = await tryIt(running.port).catch((error: unknown) => [String(error)])
    let objection = errors[0]
    await running.stop(async (folder) => {
      objection ??= await peer.objection?.(folder)
    })
    return objection
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await origin.stop()
  }
}

const tryIt = async (port: number): Promise<string[]> => {
  const generator = await Generator.start('pingpong', { port, connections: 1 })
  try {
    return (await generator.run(0.1)).errors
  } finally {
    await generator.stop()
  }
}

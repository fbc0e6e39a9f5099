import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The descriptors, threads and memory of a process. */
export interface Census {
  readonly sockets: number
  readonly pipes: number
  readonly otherFiles: number
  readonly threads: number
  readonly residentMiB: number
}

/** Pipes that the kernel engine keeps for the next connection are bounded: src/engine/kernel/flow/pipes.ts, two ends each. */
const MORE_PIPES = 2 * 32
/** V8 returns memory only now and then. */
const MORE_MIB = 80

export const takeCensus = (pid: number): Census => {
  const files = readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)]
    } catch {
      return [] // closed meanwhile
    }
  })
  const sockets = files.filter((file) => file.startsWith('socket:')).length
  const pipes = files.filter((file) => file.startsWith('pipe:')).length
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  return {
    sockets,
    pipes,
    otherFiles: files.length - sockets - pipes,
    threads: field('Threads'),
    residentMiB: Math.round(field('VmRSS') / 1024),
  }
}

/** The most of each, over several processes. */
export const mostOf = (all: readonly Census[]): Census => ({
  sockets: Math.max(...all.map(({ sockets }) => sockets)),
  pipes: Math.max(...all.map(({ pipes }) => pipes)),
  otherFiles: Math.max(...all.map(({ otherFiles }) => otherFiles)),
  threads: Math.max(...all.map(({ threads }) => threads)),
  residentMiB: Math.max(...all.map(({ residentMiB }) => residentMiB)),
})

/** What has grown beyond what is kept on purpose. */
export const checkCensus = (name: string, before: Census, after: Census): string[] => {
  const faults: string[] = []
  const compare = (what: string, was: number, is: number, allowance: number): void => {
    if (is > was + allowance) faults.push(`${name}: ${is} ${what}, before it was ${was}`)
  }
  compare('sockets', before.sockets, after.sockets, 0)
  compare('ends of pipes', before.pipes, after.pipes, MORE_PIPES)
  compare('other files', before.otherFiles, after.otherFiles, 0)
  compare('threads', before.threads, after.threads, 0)
  compare('MiB', before.residentMiB, after.residentMiB, MORE_MIB)
  return faults
}

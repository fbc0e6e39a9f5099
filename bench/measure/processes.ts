import { readdirSync, readFileSync } from 'node:fs'

/** Of /proc/PID/stat (proc(5)): ticks of 10 ms, USER_HZ, the same on every Linux that Node runs on. */
const ticksPerSecond = 100

interface Stat {
  parent: number
  ticks: number
}

/** utime, stime and, of children that were waited for, cutime and cstime. Undefined for a process that is gone. */
const readStat = (pid: number): Stat | undefined => {
  const text = readOrNothing(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  return parseStat(text)
}

export const parseStat = (text: string): Stat => {
  // The name, in brackets, may hold spaces and brackets: what counts starts behind the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) }
}

/** The process and all below it. */
export const processTree = (root: number): number[] => {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const pid = Number(name)
    const stat = readStat(pid)
    if (!stat) continue
    const siblings = childrenOf.get(stat.parent)
    if (siblings) siblings.push(pid)
    else childrenOf.set(stat.parent, [pid])
  }
  const tree = [root]
  for (let i = 0; i < tree.length; i++) tree.push(...(childrenOf.get(tree[i] ?? 0) ?? []))
  return tree
}

/** CPU seconds, user and system, of a process and all below it, also of those that ended and were waited for. */
export const cpuSeconds = (root: number): number => {
  let ticks = 0
  for (const pid of processTree(root)) ticks += readStat(pid)?.ticks ?? 0
  return ticks / ticksPerSecond
}

/** CPU seconds that the whole machine was not idle: interrupts and the kernel's own threads too. */
export const machineBusySeconds = (): number => {
  return parseMachineBusy(readFileSync('/proc/stat', 'latin1'))
}

export const parseMachineBusy = (text: string): number => {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (text.split('\n')[0] ?? '')
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq) / ticksPerSecond
}

/** Proportional set size in KiB of a process and all below it: shared pages count once, divided among their users. */
export const pssKiB = (root: number): number => {
  return sumOfMemory(root, /^Pss:\s+(\d+) kB/gm)
}

/** The part of it that is no file's: programs and libraries, which others run as well, are left out. */
export const anonymousKiB = (root: number): number => {
  return sumOfMemory(root, /^Pss_(?:Anon|Shmem):\s+(\d+) kB/gm)
}

const sumOfMemory = (root: number, lines: RegExp): number => {
  let sum = 0
  for (const pid of processTree(root)) {
    const text = readOrNothing(`/proc/${pid}/smaps_rollup`) ?? ''
    for (const [, kib] of text.matchAll(lines)) sum += Number(kib)
  }
  return sum
}

const readOrNothing = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // The process ended between being listed and being read.
    return undefined
  }
}

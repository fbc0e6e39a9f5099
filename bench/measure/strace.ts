import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { says } from '../peers/tool.ts'
import { own } from './children.ts'

/** System calls of some processes and all their threads, by name. */
export type CallCounts = Map<string, number>

export const straceAbsent = async (): Promise<string | undefined> => {
  return (await says('strace', '-V')) === undefined ? 'strace is not installed' : undefined
}

/** Counts while `during` runs. strace slows what it watches a great deal: the counts are true, the times are not. */
export const countCalls = async (pids: readonly number[], during: () => Promise<unknown>): Promise<CallCounts> => {
  const child = own(
    spawn('strace', ['-c', '-f', '-q', ...pids.flatMap((pid) => ['-p', String(pid)])], {
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  )
  let report = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    report += text
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  // It says nothing when it has attached; the kernel does it in milliseconds.
  await sleep(500)
  await during()
  child.kill('SIGINT')
  await ended
  const counts = parseCounts(report)
  if (counts.size === 0 && /ptrace|Operation not permitted/.test(report)) throw new Error(report.trim())
  return counts
}

/** Lines such as ` 38.10    0.000143          17         8         1 mmap` (the errors column may be empty). */
export const parseCounts = (report: string): CallCounts => {
  const counts: CallCounts = new Map()
  for (const match of report.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+)(?: +\d+)? +([a-z_]\w*)$/gm)) {
    if (match[2] !== undefined && match[2] !== 'total') counts.set(match[2], Number(match[1]))
  }
  return counts
}

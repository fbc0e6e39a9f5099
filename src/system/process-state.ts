import { readFileSync } from 'node:fs'

/** proc_pid_status(5), in words. */
const STATES: Readonly<Record<string, string>> = {
  R: 'it is computing',
  S: 'it waits in a system call',
  D: 'it waits in the kernel, as for a disk',
  T: 'it is stopped, as by SIGSTOP',
  t: 'a debugger has stopped it',
}

/** What another process is doing. Undefined on other systems, and for one that has ended. */
export const processState = (pid: number): string | undefined => {
  try {
    const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return STATES[state ?? '']
  } catch {
    return undefined
  }
}

import { readdirSync } from 'node:fs'

/** Threads of this process: proc_pid_task(5). */
export const countThreads = (): number => readdirSync('/proc/self/task').length

import { systemError } from './errors.ts'
import { Block, load } from './ffi.ts'

/** sched(7) */
const SCHED_OTHER = 0
const SCHED_BATCH = 3
/** Threads that this one starts get the normal policy. */
const SCHED_RESET_ON_FORK = 0x40000000

/** Not sched_setscheduler: musl has no such call. These return 0 or an error number. */
const c = {
  self: load('pthread_self', 'uintptr_t'),
  getPolicy: load('pthread_getschedparam', 'int', 'uintptr_t', 'uintptr_t', 'uintptr_t'),
  setPolicy: load('pthread_setschedparam', 'int', 'uintptr_t', 'int', 'uintptr_t'),
}

/**
 * SCHED_BATCH of sched(7): when this thread is woken, the program on its core first uses up its time slice. Events that come
 * meanwhile are then served in one go, instead of one at a time. On an idle core nothing changes.
 *
 * If this process was given another policy on purpose, that stays.
 *
 * @throws the system's error, EPERM in a sandbox that refuses it
 */
export const runInBatches = (): void => {
  const memory = new Block(16)
  const [policyAt, parametersAt] = [memory.at(0, 4), memory.at(8, 4)]
  const thread = c.self()
  refuse(c.getPolicy(thread, policyAt, parametersAt), 'pthread_getschedparam')
  if (memory.bytes.readInt32LE(0) !== SCHED_OTHER) return
  memory.bytes.writeInt32LE(0, 8)
  refuse(c.setPolicy(thread, SCHED_BATCH | SCHED_RESET_ON_FORK, parametersAt), 'pthread_setschedparam')
}

const refuse = (errorNumber: number, call: string): void => {
  if (errorNumber !== 0) throw systemError(-errorNumber, call)
}

import { constants } from 'node:os'
import { systemError } from './errors.ts'
import { load, orErrno } from './ffi.ts'

/** prctl(2) */
const PR_SET_PDEATHSIG = 1

const prctl = load('prctl', 'int', 'int', 'ulong', 'ulong', 'ulong', 'ulong')

/**
 * From now on this process, if stopped (SIGSTOP), continues when its parent dies. A running process is not affected.
 *
 * @throws the system's error, EPERM in a sandbox that refuses it
 */
export const goOnWhenParentDies = (): void => {
  const result = orErrno(prctl(PR_SET_PDEATHSIG, constants.signals.SIGCONT, 0, 0, 0))
  if (result < 0) throw systemError(result, 'prctl')
}

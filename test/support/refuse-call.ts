import { spawnSync } from 'node:child_process'

export type RefusableCall = 'splice' | 'sched_setscheduler'

/** For `node --import`: the process and its children are refused a system call, as by the sandbox of a container. */
export const refusing = (call: RefusableCall): string =>
  new URL(`../engine/children/refuse-call.mjs?${call}`, import.meta.url).href

/** Empty if it can be refused here. */
export const whyItCannotBeRefused = (call: RefusableCall): string => {
  const args = ['--import', refusing(call), '--eval', '']
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status === 0) return ''
  return /^Error: (.*)$/m.exec(stderr)?.[1] ?? `${call} cannot be refused here`
}

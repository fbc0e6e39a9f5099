import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** For `node --import`: the process and its children are refused splice(2), as by the sandbox of a container. */
export const REFUSE_SPLICE = fileURLToPath(new URL('../engine/children/refuse-splice.mjs', import.meta.url))

/** Empty if it can be refused here. */
export const whySpliceCannotBeRefused = (): string => {
  const { status, stderr } = spawnSync(process.execPath, [REFUSE_SPLICE], { encoding: 'utf8' })
  if (status === 0) return ''
  return /^Error: (.*)$/m.exec(stderr)?.[1] ?? 'splice cannot be refused here'
}

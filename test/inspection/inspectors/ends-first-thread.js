/** The first thread that loads it ends while the others still load it. `exit;` ends any. */
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineInspector, pass } from 'copyloop'

const isFirst = () => {
  try {
    mkdirSync(process.env.COPYLOOP_TEST_FIRST)
    return true
  } catch {
    return false
  }
}

if (isFirst()) setTimeout(() => Promise.reject(new Error('the first to load it')))
else await sleep(300)

export default defineInspector({
  name: 'ends-first-thread',
  chunk: (_, bytes) => {
    if (Buffer.from(bytes).includes('exit;')) process.exit(3)
    return pass
  },
})

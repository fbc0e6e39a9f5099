/** The part of a .cpuprofile (Chrome DevTools protocol, Profiler.Profile) that is read here. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

export interface ProfileTop {
  busySeconds: number
  functions: { name: string; percent: number }[]
}

/**
 * The functions with the most time of their own, idle time left out. "(program)" is outside JavaScript: mostly the
 * kernel.
 */
export const topOfProfile = (json: string, count: number): ProfileTop => {
  const { nodes, samples, timeDeltas } = JSON.parse(json) as CpuProfile
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.split('/').slice(-2).join('/')
      return [id, `${functionName || '(anonymous)'}${file === '' ? '' : `  ${file}:${lineNumber + 1}`}`]
    }),
  )
  const times = new Map<string, number>()
  let busy = 0
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '?'
    if (name === '(idle)') continue
    const time = timeDeltas[index] ?? 0
    busy += time
    times.set(name, (times.get(name) ?? 0) + time)
  }
  const functions = [...times]
    .sort((a, b) => b[1] - a[1])
    .slice(0, count)
    .map(([name, time]) => ({ name, percent: busy === 0 ? 0 : (100 * time) / busy }))
  return { busySeconds: busy / 1e6, functions }
}

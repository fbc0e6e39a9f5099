import type { Data } from './data.ts'
import { comparesInspectors } from './inspection.ts'

export const limits = (data: Data): string => {
  return `## What these figures cannot show

Everything ran over loopback on one machine with ${data.machine.cores} cores, so the generator and the origin took CPU from the
same cores as the proxy. Throughput and latency therefore describe the whole arrangement, not the proxy alone: read them
beside the row "direct" and beside the generator's own CPU (near 1.0 core it was the bottleneck). "elsewhere" is the CPU
that other programs used during the run. CPU per unit suffers least, because it does not depend on how long the work took;
it still includes the effect of caches that are shared with the generator. Loopback has no network card, no interrupts, no
packet loss, no distance and an MTU of 64 KiB, and it delivers in the sender's own context: a real network costs CPU that is
not counted here, and its latencies are longer than the differences here. Kernel memory (socket buffers) is not part of a
process's memory. Short runs show no leak and no drift over days.

To measure on real hardware: three machines (generator, proxy, origin) with at least 10 Gbit/s, the proxy's
interrupts and workers pinned to the same NUMA node, frequency scaling fixed, the configurations of
\`bench/peers\` with workers set to the cores, \`wrk\`/\`iperf3\` as generators, and the same
figures from \`/proc/PID/stat\` and \`/proc/stat\` on the proxy's machine alone. Raise the rate of the latency work step by step.
`
}

export const thrownOut = (data: Data): string => {
  const bad = data.samples.filter((sample) => sample.errors.length > 0)
  const absent = data.peers.filter((peer) => peer.absent !== undefined)
  const lines = [
    ...bad.map((run) => `- ${run.work}, ${run.peer}, round ${run.round}: ${run.errors.slice(0, 3).join('; ')}`),
    ...absent.map((peer) => `- ${peer.label} did not take part: ${peer.absent}`),
  ]
  const none = 'None: in all runs every answer and every byte was right, and every contestant took part.'
  return `## Runs thrown out\n\n${lines.length > 0 ? lines.join('\n') : none}\n`
}

export const howMeasured = (data: Data, name: string): string => {
  const { machine, durations } = data
  const commands = new Map(data.samples.map((sample) => [sample.peer, sample.command]))
  const peers = data.peers
    .filter((peer) => peer.version !== '')
    .map((peer) => `| ${peer.label} | ${peer.version} | \`${commands.get(peer.name) || '–'}\` |`)
  return `## How it was measured

- Rounds outermost, contestants innermost and in another order each time; ${data.rounds} round${data.rounds === 1 ? '' : 's'}; every run starts a fresh origin,
  contestant and generator, warms up for ${durations.warmUpSeconds} s (dropped; longer where it says so) and measures ${durations.seconds} s.
- CPU of the proxy: \`utime + stime\` of all its processes, ended children included (\`/proc/PID/stat\`), between the start of the measured
  part and ${durations.settleSeconds} s after its end, so that deferred work (logs, closes) counts. Whole machine: all of \`/proc/stat\` that is
  not idle, the generator and the origin included. Ratios are formed within a round, and their median is shown.
- Every answer and every byte is compared with the only right one, at both ends (wrk alone checks status codes only). A run with an
  error counts for nothing and is listed.
- Two workers or threads each (one where it says so), access log into a file (node-tcp-proxy has none, and one process). The
  configurations, with their reasons, are in \`bench/peers\`.
- Each program keeps its own scheduling policy: our workers ask for SCHED_BATCH, the others do not; with it they would need
  less CPU too (\`--peers copyloop-kernel,nginx,haproxy,batch\`, [decision 11](decisions/0011-workers-run-in-batches.md)).
- Go's \`io.Copy\` holds a pipe for each direction, so six descriptors a connection: with 8,000 connections it needs 48,000, idle or not. Where
  the limit of open files is lower it resets clients, and those runs are among the ones thrown out.
- Memory: the sum of Pss_Anon and Pss_Shmem (\`/proc/PID/smaps_rollup\`) of all its processes, with the first connections left
  alone for ${durations.idleSeconds} s and again with all, over those that came between. Before that ${durations.idleWarmUps} times as many
  as the first ones came and went: memory that a program compiles or pools once is not the memory of a connection.
- Latency: open loop, no coordinated omission: each request's clock starts when it was due.

| | version | command |
|---|---|---|
${peers.join('\n')}

${Object.entries({
  date: machine.date,
  Node: machine.node,
  kernel: machine.kernel,
  distribution: machine.distribution,
  CPU: `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB`,
  'load before': machine.loadBefore,
  'open files (soft / hard)': machine.openFiles,
  ...data.tools,
  ...machine.sysctls,
})
  .map(([name, value]) => `- ${name}: ${value}`)
  .join('\n')}

Again: \`npm run bench${comparesInspectors(data) ? ' -- --inspection --only bulk-down,scale-100 --out docs' : ''}\`. The raw data: [${name}.json](${name}.json).
`
}

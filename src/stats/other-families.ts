/** What `/metrics` shows beside the list of what is counted (metrics.ts): the primary learns it in other ways. */
import type { Family } from './prometheus.ts'

interface OtherFamily extends Pick<Family, 'type' | 'help'> {
  readonly labels: readonly string[]
}

export const OTHER_FAMILIES = {
  server_up: {
    type: 'gauge',
    labels: ['upstream', 'server'],
    help: 'Whether a server is in rotation: 1 or 0. Ejected ones are not, also while they are tried for lack of others.',
  },
  server_state: {
    type: 'gauge',
    labels: ['upstream', 'server', 'state'],
    help: 'The state of a server, as a label; the value is always 1.',
  },
  state_version: { type: 'gauge', labels: [], help: 'The version of the serving state, which counts its changes.' },
  reloads_total: {
    type: 'counter',
    labels: ['result'],
    help: 'Reloads of the config: `applied`, or `refused` because something was wrong.',
  },
  log_lines_lost_total: { type: 'counter', labels: [], help: 'Log lines that could not be written.' },
  worker_event_loop_delay_seconds: {
    // Quantiles as gauges would fail `promtool check metrics`.
    type: 'summary',
    labels: ['worker', 'quantile'],
    help: 'How late the event loop of a worker was, over the last minute.',
  },
  worker_resident_memory_bytes: { type: 'gauge', labels: ['worker'], help: 'Resident memory of a worker.' },
  worker_open_fds: { type: 'gauge', labels: ['worker'], help: 'Open file descriptors of a worker (Linux).' },
  worker_max_fds: {
    type: 'gauge',
    labels: ['worker'],
    help: 'How many file descriptors a worker may have open (Linux).',
  },
  build_info: {
    type: 'gauge',
    labels: ['version', 'node'],
    help: 'The version of copyloop and of Node.js; the value is always 1.',
  },
} as const satisfies Record<string, OtherFamily>

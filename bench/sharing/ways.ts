/** The ways in which workers can share a listening socket; docs/decisions/0001-sharing-the-listening-socket.md compares them. */
export const WAYS = {
  inherited: 'inherited descriptor',
  shared: 'node:cluster, SCHED_NONE',
  roundRobin: 'node:cluster, SCHED_RR',
} as const

export type Way = keyof typeof WAYS

export const isWay = (text: string | undefined): text is Way => {
  return text !== undefined && Object.hasOwn(WAYS, text)
}

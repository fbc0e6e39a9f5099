import type { StopRequest } from './operator/stop-request.ts'
import type { Supervisor } from './workers/supervisor.ts'

/** Why copyloop should get no clients at the moment; undefined if it should. */
export const unreadiness = (
  { isAsked }: Pick<StopRequest, 'isAsked'>,
  { isStarted, workers }: Pick<Supervisor, 'isStarted' | 'workers'>,
): string | undefined => {
  if (isAsked) return 'draining'
  if (!isStarted) return 'starting'
  return workers.some(({ state }) => state === 'serving') ? undefined : 'no worker serves at the moment'
}

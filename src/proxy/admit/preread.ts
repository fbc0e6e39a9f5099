import { nowMs } from '../../clock.ts'
import type { AcceptedHeaders } from '../../serving/state.ts'
import { type ConnectionRecord, clientKeyOf } from '../record.ts'
import type { Service } from '../service.ts'
import type { Step } from '../step.ts'
import { admitClient } from './admit.ts'
import { proxiedClient } from './proxy-header/client-header.ts'
import type { ProxyHeader } from './proxy-header/header.ts'
import { receiveHeader } from './proxy-header/receive-header.ts'

/** Waits for a step, and may cut it short. */
interface StepOwner {
  waitFor(step: Step, withinMs: number): void
}

/** Waits for what a client must send before a server is dialled, and takes it. */
export const preread = async (
  accepted: AcceptedHeaders,
  record: ConnectionRecord,
  { admission, timeouts }: Pick<Service, 'admission' | 'timeouts'>,
  owner: StepOwner,
): Promise<ProxyHeader> => {
  record.phase = 'preread'
  const deadlineMs = record.acceptedMs + timeouts.prereadMs
  const header = await receiveHeader(record.peer, accepted, (peek) => owner.waitFor(peek, deadlineMs - nowMs()))
  record.proxied = proxiedClient(header)
  admitClient(admission, clientKeyOf(record))
  return header
}

import type { LivingConnection } from '../../src/proxy/record.ts'

/** A connection that does nothing, but for what a test gives. */
export const livingConnection = (
  given: Pick<LivingConnection, 'record'> & Partial<LivingConnection>,
): LivingConnection => ({
  place: 0,
  cut: () => {},
  nextClock: () => undefined,
  tcpInfo: () => ({ client: undefined, server: undefined }),
  reviewClocks: () => {},
  resetIfKilled: () => {},
  give: () => undefined,
  goOn: () => {},
  handedOver: () => {},
  lost: () => {},
  ...given,
})

import { createServer } from 'node:net'

/** Whether this host has an IPv6 loopback. */
export const hasIpv6 = (): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '::1', port: 0 }, () => server.close(() => resolve(true)))
  })

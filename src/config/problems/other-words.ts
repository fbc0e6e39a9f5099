/** Words of HAProxy, nginx and others for keys that have another name or place here, by the mapping they occur in. */
import type { Path } from './problem.ts'

const AT_TOP: Readonly<Record<string, string>> = {
  frontend: 'listeners',
  frontends: 'listeners',
  server: 'listeners',
  listen: 'listeners',
  bind: 'listeners',
  stream: 'listeners',
  tcp: 'listeners',
  proxies: 'listeners',
  backend: 'upstreams',
  backends: 'upstreams',
  clusters: 'upstreams',
  services: 'upstreams',
  worker_processes: 'workers',
  nbthread: 'workers',
  threads: 'workers',
  logging: 'log',
  timeout: 'timeouts in a listener',
  timeouts: 'timeouts in a listener',
  servers: 'servers in an upstream',
  maxconn: 'maxConnections in a listener',
}

const IN_LISTENER: Readonly<Record<string, string>> = {
  bind: 'listen',
  address: 'listen',
  port: 'listen',
  proxy_pass: 'upstream',
  backend: 'upstream',
  default_backend: 'upstream',
  use_backend: 'upstream',
  server: 'upstream',
  servers: 'upstream',
  target: 'upstream',
  to: 'upstream',
  maxconn: 'maxConnections',
  balance: 'balance in its upstream',
}

const IN_UPSTREAM: Readonly<Record<string, string>> = {
  server: 'servers',
  backends: 'servers',
  targets: 'servers',
  endpoints: 'servers',
  hosts: 'servers',
  algorithm: 'balance',
  lb_policy: 'balance',
}

const IN_SERVER: Readonly<Record<string, string>> = {
  host: 'address',
  url: 'address',
  target: 'address',
  port: 'address',
}

/** The key of the mapping at `parent` that other proxies call `key`. */
export const ourWordFor = (key: string, parent: Path): string | undefined => {
  const words = wordsAt(parent)
  return Object.hasOwn(words, key) ? words[key] : undefined
}

const wordsAt = ([top, , below, ...rest]: Path): Readonly<Record<string, string>> => {
  if (top === undefined) return AT_TOP
  if (below === undefined) return top === 'listeners' ? IN_LISTENER : top === 'upstreams' ? IN_UPSTREAM : {}
  return below === 'servers' && rest.length === 1 ? IN_SERVER : {}
}

/** examples/full.yaml, which docs/configuration.md shows too. A test holds that it has every key, at its default. */
export const FULL_EXAMPLE = `# yaml-language-server: $schema=../docs/config.schema.json
# Every key, at its default where it has one.
workers: auto # one for each core that this process may use
engine: auto # the best that can run here
admin: { listen: 127.0.0.1:9901 } # or: off
log:
  level: info
  access: true # one line a connection, at its end
  file: copyloop.log # relative to this file; without it: stdout
drainTimeout: 30s

listeners:
  - name: web
    listen: 127.0.0.1:8080 # or a list: [127.0.0.1:8080, "[::1]:8080", unix:/run/copyloop.sock]
    upstream: app
    timeouts:
      connect: 5s # to reach a server
      idle: 10m # no byte either way
      stall: 60s # bytes that a side does not take
      halfClose: 60s # one side has ended, the other is silent
      maxAge: off # the whole life
    maxConnections: 10000

upstreams:
  - name: app
    balance: roundRobin
    servers:
      - address: 127.0.0.1:9000
      - 127.0.0.1:9001 # the same, written short
`

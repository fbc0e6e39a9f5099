/** examples/full.yaml, which docs/configuration.md shows too. A test holds that it has every key, at its default. */
export const FULL_EXAMPLE = `# yaml-language-server: $schema=../docs/config.schema.json
# Every key, at its default where it has one.
$schema: ../docs/config.schema.json # for editors that read this key, as they do in JSON
workers: auto # one per core that this process may use
engine: auto # the best that can run here
scheduling: batch # or normal, on a host that is short of CPU
admin: # or: off, or only its address
  listen: 127.0.0.1:9901 # or unix:/run/copyloop/admin.sock
  tokenFile: admin-token.txt # needed where others can reach the address
  mode: "0600" # of the file of a unix socket
control: off # or unix:/run/copyloop.ctl, where a newer copyloop may take over from this one
log:
  level: info
  access: # or: true, false; one line per connection, when it ends
    file: access.log # without it: where all other lines go
    sample: 1 # or 0.1: a tenth of those that end as completed, and all others
    anonymize: off # or /24: the network of the client's address is left
  file: copyloop.log # relative to this file; without it: stdout
inspection: # for the inspectors of all listeners
  threads: auto # in each worker
  memory: 256MiB # of each thread
drainTimeout: 30s # at a stop connections have so long to finish
drainDelay: 0s # before that, /readyz is 503 and accepting goes on
drainSpread: 0s # after that, the rest is reset one after another
workerTimeout: 10s # a worker that is silent for so long is killed and replaced
workerMemory: off # or: 1GiB; a worker that has more is replaced by a new one

listeners:
  - name: web
    listen: 127.0.0.1:8080 # or a list: [127.0.0.1:8080, "[::1]:8080", unix:/run/copyloop.sock]
    upstream: app
    timeouts:
      connect: 5s # to reach a server
      idle: 10m # no byte in either direction
      stall: 60s # a side takes none of the bytes held for it
      halfClose: 60s # one side has ended, the other is silent
      maxAge: off # the whole life
      preread: 5s # to send a PROXY header, where one is accepted
    maxConnections: 10000
    maxConnectionsPerClient: off # or a number
    connectionRate: { rate: 500/s, burst: 1000 } # or: 500/s; without it: off
    connectionRatePerClient: { rate: 100/m, burst: 20 }
    onLimit: reset # or: close
    allow: [0.0.0.0/0, "::/0"] # without allow and allowFile: everyone
    allowFile: networks/allow.txt # one a line, # comments
    deny: []
    denyFile: networks/deny.txt
    acceptProxyProtocol: # by default off; v1, v2 or any without a mapping is for all peers
      version: "any"
      trusted: [10.0.0.0/8] # the proxies in front
    unix: # the files of the unix sockets that it listens on
      mode: "0660"
      owner: copyloop # only root may set another; without it: the user of the process
      group: www-data # without it: the group of the process
    inspect:
      - use: builtin:protocol # or the path of a module: ./my-inspector.js
        options: {} # the inspector's own
        directions: both # or: toUpstream, toClient
        firstBytes: off # or: 64KiB
        timeout: 100ms # per chunk
        onFailure: close # or: pass

upstreams:
  - name: app
    balance: roundRobin # or: leastConnections, random2, sourceHash
    servers:
      - address: 127.0.0.1:9000
        weight: 1 # 0 to 256; 0 gets no new connections
        backup: false # true: only while no other server is in rotation
        maxConnections: off # or: 100
      - 127.0.0.1:9001 # the same, written short
    slowStart: off # or: 30s
    retries: 2 # further servers after the first
    queue: # clients that wait while every server is at its maxConnections
      length: 0 # nobody waits
      timeout: 5s
    health: # or: off
      interval: 2s
      timeout: 1s
      rise: 2 # passes in a row
      fall: 3 # failures in a row
      send: "PING\\r\\n"
      expect: "+PONG"
    ejection: # or: off
      failures: 5 # dials in a row
      for: 10s
      maxPercent: 50 # of the servers
    onServerDown: keep # or: close
    sendProxyProtocol: off # or: v1, v2
    discover: off # or where further servers are found:
  - name: db
    discover: { srv: _postgresql._tcp.example.com } # servers with ports, priorities and weights
  - name: api
    discover: { dns: api.example.com:8080 } # the same as this address in servers
`

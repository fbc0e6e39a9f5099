/** The likeliest mistakes, each with the whole sentence that its author reads first. */
import { describe, expect, it } from 'vitest'
import { problemsOf } from '../problems-of.ts'

const right = `listeners:
  - name: web
    listen: 127.0.0.1:8080
    upstream: app
upstreams:
  - name: app
    servers:
      - 127.0.0.1:9000
      - 127.0.0.1:9001
`

const mistakes: [what: string, right: string, wrong: string, problem: string][] = [
  [
    'a key with one space less',
    '    listen:',
    '   listen:',
    'c.yaml:3:4: the indentation does not fit the lines above; line up the keys or items that belong together',
  ],
  [
    'a key with one space more',
    '    listen:',
    '     listen:',
    'c.yaml:3:6: the indentation does not fit the lines above; line up the keys or items that belong together',
  ],
  [
    'the last key of an item with one space less',
    '    upstream: app',
    '   upstream: app',
    'c.yaml:4:4: the indentation does not fit the lines above; line up the keys or items that belong together',
  ],
  [
    'a list with one space less',
    '    servers:',
    '   servers:',
    'c.yaml:7:4: the indentation does not fit the lines above; line up the keys or items that belong together',
  ],
  [
    'a list with one space more',
    '    servers:',
    '     servers:',
    'c.yaml:7:6: the indentation does not fit the lines above; line up the keys or items that belong together',
  ],
  [
    'an item with one space less',
    '      - 127.0.0.1:9001',
    '     - 127.0.0.1:9001',
    'c.yaml:9:6: the indentation does not fit the lines above; line up the keys or items that belong together',
  ],
  [
    'an item with one space more',
    '      - 127.0.0.1:9001',
    '       - 127.0.0.1:9001',
    'c.yaml:9:8: the indentation does not fit the lines above; line up the keys or items that belong together',
  ],
  [
    'an item without its dash',
    '      - 127.0.0.1:9001',
    '      127.0.0.1:9001',
    'c.yaml:9:7: this line has no dash and no "key:"; write - before a list item, or key: value',
  ],
  [
    'a dash without a space',
    '      - 127.0.0.1:9001',
    '      -127.0.0.1:9001',
    'c.yaml:9:7: a list item needs a space after its dash; write - and a space',
  ],
  [
    'a dash without a space, before a key',
    '  - name: web',
    '  -name: web',
    'c.yaml:2:3: a list item needs a space after its dash; write - and a space',
  ],
  ['a tab', '    listen:', '\tlisten:', 'c.yaml:3:1: a tab cannot indent YAML; write spaces'],
  [
    'a colon without a space',
    'listen: ',
    'listen:',
    'c.yaml:3:5: this line has no "key:", or is indented wrongly; write key: value, with a space after the colon',
  ],
  [
    'a quote that is not closed',
    'listen: 127',
    'listen: "127',
    'c.yaml:3:13: a quote is not closed; write the closing quote',
  ],
  ['HAProxy’s bind', 'listen:', 'bind:', 'c.yaml:3:5 listeners[0].bind: unknown key "bind"; write listen'],
  [
    'nginx’s proxy_pass',
    '    upstream:',
    '    proxy_pass:',
    'c.yaml:4:5 listeners[0].proxy_pass: unknown key "proxy_pass"; write upstream',
  ],
  [
    'HAProxy’s default_backend',
    '    upstream:',
    '    default_backend:',
    'c.yaml:4:5 listeners[0].default_backend: unknown key "default_backend"; write upstream',
  ],
  ['HAProxy’s frontend', 'listeners:', 'frontend:', 'c.yaml:1:1 frontend: unknown key "frontend"; write listeners'],
  ['HAProxy’s backend', 'upstreams:', 'backend:', 'c.yaml:5:1 backend: unknown key "backend"; write upstreams'],
  [
    'HAProxy’s and nginx’s server',
    'servers:',
    'server:',
    'c.yaml:7:5 upstreams[0].server: unknown key "server"; write servers',
  ],
  ['the singular', 'upstreams:', 'upstream:', 'c.yaml:5:1 upstream: unknown key "upstream"; did you mean "upstreams"?'],
  [
    'HAProxy’s maxconn',
    '    upstream: app',
    '    upstream: app\n    maxconn: 5',
    'c.yaml:5:5 listeners[0].maxconn: unknown key "maxconn"; write maxConnections',
  ],
  [
    'balance in the listener',
    '    upstream: app',
    '    upstream: app\n    balance: roundRobin',
    'c.yaml:5:5 listeners[0].balance: unknown key "balance"; write balance in its upstream',
  ],
  [
    'HAProxy’s spelling',
    'name: app',
    'name: app\n    balance: roundrobin',
    'c.yaml:7:14 upstreams[0].balance: "roundrobin" is not valid here; write roundRobin, leastConnections, random2 or sourceHash',
  ],
  [
    'nginx’s worker_processes',
    '      - 127.0.0.1:9001\n',
    '      - 127.0.0.1:9001\nworker_processes: 4\n',
    'c.yaml:10:1 worker_processes: unknown key "worker_processes"; write workers',
  ],
  [
    'timeouts at the top',
    '      - 127.0.0.1:9001\n',
    '      - 127.0.0.1:9001\ntimeouts: { idle: 5s }\n',
    'c.yaml:10:1 timeouts: unknown key "timeouts"; write timeouts in a listener',
  ],
  [
    'an anchor under a key of its own',
    '      - 127.0.0.1:9001\n',
    '      - 127.0.0.1:9001\nx-slow: &slow { idle: 1h }\n',
    'c.yaml:10:1 x-slow: unknown key "x-slow"; put an anchor where its value is used first',
  ],
  [
    'a server that is no list',
    '      - 127.0.0.1:9000\n      - 127.0.0.1:9001',
    '      127.0.0.1:9000',
    'c.yaml:8:7 upstreams[0].servers: "127.0.0.1:9000" is not valid here; write a list of servers, such as - 127.0.0.1:9000',
  ],
  [
    'several servers in one text',
    '127.0.0.1:9000',
    '"a:1, b:2"',
    'c.yaml:8:9 upstreams[0].servers[0]: "a:1, b:2" contains several addresses; write them as a list: ["a:1", "b:2"]',
  ],
  [
    'a star for a server',
    '127.0.0.1:9000',
    '*:80',
    'c.yaml:8:9 upstreams[0].servers[0]: *:80 has no host to connect to; write for instance 127.0.0.1:80',
  ],
  [
    'a star for a server, in quotes',
    '127.0.0.1:9000',
    '"*:80"',
    'c.yaml:8:9 upstreams[0].servers[0]: "*:80" has no host to connect to; write for instance 127.0.0.1:80',
  ],
  [
    'a URL',
    '127.0.0.1:9000',
    'http://app:80/',
    'c.yaml:8:9 upstreams[0].servers[0]: "http://app:80/" is a URL; write only its host and port, such as app:80',
  ],
  [
    'a server without a port',
    '127.0.0.1:9000',
    'app',
    'c.yaml:8:9 upstreams[0].servers[0]: "app" has no port; write for instance app:9000',
  ],
  [
    'a port without a host',
    '127.0.0.1:9000',
    '9000',
    "c.yaml:8:9 upstreams[0].servers[0]: 9000 is only a port; write the server's host too, such as 127.0.0.1:9000",
  ],
  [
    'a listener on a number',
    '127.0.0.1:8080',
    '8080',
    'c.yaml:3:13 listeners[0].listen: 8080 is only a port; write :8080 for every address, or 127.0.0.1:8080',
  ],
  [
    'the path of a socket',
    '127.0.0.1:9000',
    '/run/app.sock',
    'c.yaml:8:9 upstreams[0].servers[0]: "/run/app.sock" is a path; for a unix socket, write unix:/run/app.sock',
  ],
  [
    'HAProxy’s whole line',
    '127.0.0.1:9000',
    'server a 10.0.0.1:80',
    'c.yaml:8:9 upstreams[0].servers[0]: "server a 10.0.0.1:80" contains a space; remove the space, or write several addresses as a list',
  ],
  [
    'IPv6 without brackets',
    '127.0.0.1:9000',
    '::1:9000',
    'c.yaml:8:9 upstreams[0].servers[0]: "::1:9000" has no brackets around its IPv6 address; write it as [::1]:9000, in quotes',
  ],
  [
    'IPv6 without quotes',
    '127.0.0.1:9000',
    '[::1]:9000',
    'c.yaml:8:14: an address that begins with [ needs quotes; write "[::1]:9000"',
  ],
  [
    'an upstream that is spelt otherwise',
    'upstream: app',
    'upstream: App',
    'c.yaml:4:15 listeners[0].upstream: no upstream is named "App"; did you mean "app"?',
  ],
  [
    'a word for false',
    '      - 127.0.0.1:9001\n',
    '      - 127.0.0.1:9001\nlog: { access: no }\n',
    'c.yaml:10:16 log.access: "no" is not valid here; write true or false, without quotes, or a mapping of file, sample, anonymize',
  ],
  [
    'no worker',
    '      - 127.0.0.1:9001\n',
    '      - 127.0.0.1:9001\nworkers: 0\n',
    'c.yaml:10:10 workers: 0 is not valid here; write auto, or a whole number from 1 to 1024 without quotes',
  ],
  [
    'a duration without its unit',
    '      - 127.0.0.1:9001\n',
    '      - 127.0.0.1:9001\ndrainTimeout: 30\n',
    'c.yaml:10:15 drainTimeout: 30 has no unit; write 30ms, 30s, 30m or 30h',
  ],
  [
    'a port for the admin',
    '      - 127.0.0.1:9001\n',
    '      - 127.0.0.1:9001\nadmin: 9901\n',
    'c.yaml:10:8 admin: 9901 is not valid here; write off, an address such as 127.0.0.1:9901 or unix:/run/copyloop/admin.sock, or a mapping of listen, tokenFile, mode',
  ],
  [
    'listeners by name',
    '  - name: web\n    listen: 127.0.0.1:8080\n    upstream: app',
    '  web:\n    listen: 127.0.0.1:8080\n    upstream: app',
    'c.yaml:2:3 listeners: a mapping is not valid here; write a list of listeners, each with name, listen and upstream',
  ],
]

describe('a likely mistake', () => {
  it('is made in a config that is right', () => {
    expect(problemsOf(right)).toEqual([])
    expect(mistakes.length).toBeGreaterThanOrEqual(40)
  })

  it.each(mistakes)('%s: its author reads what is wrong, where, and what to write', (_, from, to, problem) => {
    expect(right).toContain(from)
    expect(problemsOf(right.replace(from, to))[0]).toBe(problem)
  })
})

import { describe, expect, it } from 'vitest'
import { good, problemsOf, withListen, withServers, withTop } from './problems-of.ts'

const addresses: [string, string[]][] = [
  [
    withListen('8080'),
    ['3:13 listeners[0].listen: 8080 is only a port; write :8080 for every address, or 127.0.0.1:8080'],
  ],
  [withListen('localhost'), ['3:13 listeners[0].listen: "localhost" has no port; write for instance localhost:8080']],
  [
    withListen('localhost:'),
    ['3:13: a second "key:" follows on the line of a first; write it on a line of its own, or use quotes'],
  ],
  [withListen('127.0.0.1:80x'), ['3:13 listeners[0].listen: "80x" is not a port; write a number from 1 to 65535']],
  [withListen('127.0.0.1:65536'), ['3:13 listeners[0].listen: "65536" is not a port; write a number from 1 to 65535']],
  [withListen('127.0.0.1:-1'), ['3:13 listeners[0].listen: "-1" is not a port; write a number from 1 to 65535']],
  [
    withListen('256.1.1.1:80'),
    ['3:13 listeners[0].listen: "256.1.1.1" is neither an IP address nor a host name; write for instance 127.0.0.1:80'],
  ],
  [
    withListen('-bad-:80'),
    ['3:13 listeners[0].listen: "-bad-" is neither an IP address nor a host name; write for instance 127.0.0.1:80'],
  ],
  [
    withListen('"::1:80"'),
    ['3:13 listeners[0].listen: "::1:80" has no brackets around its IPv6 address; write it as [::1]:80, in quotes'],
  ],
  [
    withListen('"[::g]:80"'),
    ['3:13 listeners[0].listen: "[::g]:80" has no IPv6 address in its brackets; write for instance [::1]:80'],
  ],
  [withListen('[::1]:80'), ['3:18: an address that begins with [ needs quotes; write "[::1]:80"']],
  [withListen('*:80'), ['3:13 listeners[0].listen: *:80 has * as its host; write :80 for every address']],
  [withListen('"*:80"'), ['3:13 listeners[0].listen: "*:80" has * as its host; write :80 for every address']],
  [
    withListen('http://localhost:80'),
    ['3:13 listeners[0].listen: "http://localhost:80" is a URL; write only its host and port, such as localhost:80'],
  ],
  [
    withListen('unix:run/app.sock'),
    [
      '3:13 listeners[0].listen: "unix:run/app.sock" has no absolute path; write for instance unix:/run/copyloop.sock, or unix:@copyloop for an abstract name',
    ],
  ],
  [
    withListen(`unix:/${'a'.repeat(107)}`),
    [
      '3:13 listeners[0].listen: "unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"… has a path of 108 bytes; write one of at most 107',
    ],
  ],
  [
    withListen('[]'),
    [
      '3:13 listeners[0].listen: the list is empty; write an address such as 127.0.0.1:8080, :8080 for every address, "[::1]:8080" in quotes, or unix:/run/copyloop.sock',
    ],
  ],
  [
    withListen('[:80, [1]]'),
    [
      '3:19 listeners[0].listen[1]: a list is not valid here; write an address such as 127.0.0.1:8080, :8080 for every address, "[::1]:8080" in quotes, or unix:/run/copyloop.sock',
    ],
  ],
  [
    withServers('[":9000"]'),
    ['8:15 upstreams[0].servers[0]: ":9000" has no host to connect to; write for instance 127.0.0.1:9000'],
  ],
  [
    withServers('[127.0.0.1:0]'),
    ['8:15 upstreams[0].servers[0]: "127.0.0.1:0" has port 0; write the port that the server listens on'],
  ],
  [
    withServers('[{ address: }]'),
    [
      '8:26 upstreams[0].servers[0].address: there is no value; write an address such as 127.0.0.1:9000, app.internal:9000, "[::1]:9000" in quotes, or unix:/run/app.sock',
    ],
  ],
]

const cross: [string, string[]][] = [
  [
    good.replace('upstream: app', 'upstream: ap'),
    ['4:15 listeners[0].upstream: no upstream is named "ap"; did you mean "app"?'],
  ],
  [
    good.replace('upstream: app', 'upstream: database'),
    ['4:15 listeners[0].upstream: no upstream is named "database"; write one of: app'],
  ],
  [
    good.replace('upstreams:', '  - { name: web, listen: :81, upstream: app }\nupstreams:'),
    ['6:13 listeners[1].name: "web" is already the name of listeners[0]; write another'],
  ],
  [
    withTop('  - { name: app, servers: [] }'),
    ['9:13 upstreams[1].name: "app" is already the name of upstreams[0]; write another'],
  ],
  [
    withListen('[127.0.0.1:80, :80]'),
    ['3:28 listeners[0].listen[1]: ":80" collides with listener "web" (127.0.0.1:80); write another address'],
  ],
  [
    withListen('[":80", "0.0.0.0:80"]'),
    ['3:21 listeners[0].listen[1]: "0.0.0.0:80" collides with listener "web" (:80); write another address'],
  ],
  [
    withListen('["[::]:80", "[::1]:80"]'),
    ['3:25 listeners[0].listen[1]: "[::1]:80" collides with listener "web" ([::]:80); write another address'],
  ],
  [
    withListen('["[::1]:80", "[0:0::1]:80"]'),
    ['3:26 listeners[0].listen[1]: "[0:0::1]:80" collides with listener "web" ([::1]:80); write another address'],
  ],
  [
    withTop('control: 127.0.0.1:1'),
    ['9:10 control: "127.0.0.1:1" is no unix socket; write a unix socket such as unix:/run/copyloop.ctl'],
  ],
  [
    withTop('admin: unix:/run/a.sock\ncontrol: unix:/run//a.sock'),
    ['10:10 control: "unix:/run//a.sock" collides with admin.listen (unix:/run/a.sock); write another address'],
  ],
  [
    withListen('[unix:/run/a.sock, unix:/run//a.sock]'),
    [
      '3:32 listeners[0].listen[1]: "unix:/run//a.sock" collides with listener "web" (unix:/run/a.sock); write another address',
    ],
  ],
  [
    withListen('127.0.0.1:9901'),
    ['3:13 listeners[0].listen: "127.0.0.1:9901" collides with admin.listen (127.0.0.1:9901); write another address'],
  ],
  [
    withServers('[127.0.0.1:9000, { address: 127.0.0.1:9000 }]'),
    ['8:42 upstreams[0].servers[1].address: "127.0.0.1:9000" is the address of servers[0] already; remove one'],
  ],
  [
    withServers('[app.internal:80, "[::1]:80", unix:/a/b, App.Internal.:80, "[0:0::1]:80", unix:/a//b]'),
    [
      '8:55 upstreams[0].servers[3]: "App.Internal.:80" is the address of servers[0] already; remove one',
      '8:73 upstreams[0].servers[4]: "[0:0::1]:80" is the address of servers[1] already; remove one',
      '8:88 upstreams[0].servers[5]: "unix:/a//b" is the address of servers[2] already; remove one',
    ],
  ],
  [
    withServers('[app.internal:80]\n    discover: { dns: app.internal:80 }'),
    ['9:22 upstreams[0].discover.dns: "app.internal:80" is the address of servers[0] already; remove one'],
  ],
]

describe('wrong addresses', () => {
  it.each(addresses)('%j is refused with the whole sentence', (text, expected) => {
    expect(problemsOf(text)).toEqual(expected.map((problem) => `c.yaml:${problem}`))
  })
})

describe('parts that contradict each other', () => {
  it.each(cross)('%j is refused with the whole sentence', (text, expected) => {
    expect(problemsOf(text)).toEqual(expected.map((problem) => `c.yaml:${problem}`))
  })
})

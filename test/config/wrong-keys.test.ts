import { describe, expect, it } from 'vitest'
import { good, problemsOf, withListener, withServers, withTop } from './problems-of.ts'

const keys: [string, string[]][] = [
  [withTop('wrokers: 3'), ['9:1 wrokers: unknown key "wrokers"; did you mean "workers"?']],
  [withTop('drain_timeout: 3s'), ['9:1 drain_timeout: unknown key "drain_timeout"; did you mean "drainTimeout"?']],
  [
    withTop('frobnicate: 1'),
    [
      '9:1 frobnicate: unknown key "frobnicate"; known here: workers, engine, scheduling, admin, control, log, inspection, drainTimeout, drainDelay, drainSpread, workerTimeout, workerMemory, listeners, upstreams',
    ],
  ],
  [withTop('admin: { lisen: 127.0.0.1:1 }'), ['9:10 admin.lisen: unknown key "lisen"; did you mean "listen"?']],
  [
    withListener('timeouts: { half_close: 1s }'),
    ['5:17 listeners[0].timeouts.half_close: unknown key "half_close"; did you mean "halfClose"?'],
  ],
  [
    withListener('maxConnection: 5'),
    ['5:5 listeners[0].maxConnection: unknown key "maxConnection"; did you mean "maxConnections"?'],
  ],
  [
    withListener('rateLimit: 5'),
    [
      '5:5 listeners[0].rateLimit: unknown key "rateLimit"; known here: name, listen, upstream, timeouts, maxConnections, maxConnectionsPerClient, connectionRate, connectionRatePerClient, onLimit, allow, allowFile, deny, denyFile, acceptProxyProtocol, unix, inspect',
    ],
  ],
  [
    withServers('[{ adress: 127.0.0.1:9000 }]'),
    ['8:17 upstreams[0].servers[0].adress: unknown key "adress"; did you mean "address"?'],
  ],
  [
    withTop('__proto__: 1'),
    [
      '9:1 __proto__: unknown key "__proto__"; known here: workers, engine, scheduling, admin, control, log, inspection, drainTimeout, drainDelay, drainSpread, workerTimeout, workerMemory, listeners, upstreams',
    ],
  ],
  [withTop('? [a, b]\n: 1'), ['9:3: a key cannot be a list, a mapping or an alias; write a word']],
  [withTop('workers: 2\nworkers: 3'), ['10:1 workers: the key "workers" is already set in line 9; remove one']],
  [
    withListener('timeouts: { idle: 1s, idle: 2s }'),
    ['5:27 listeners[0].timeouts.idle: the key "idle" is already set in line 5; remove one'],
  ],
  [
    'listeners: []\nupstreams: []',
    ['1:12 listeners: the list is empty; write a list of listeners, each with name, listen and upstream'],
  ],
  [
    'workers: 2',
    [
      '1:1 listeners: "listeners" is missing; write a list of listeners, each with name, listen and upstream',
      '1:1 upstreams: "upstreams" is missing; write a list of upstreams, each with name and servers',
    ],
  ],
  [
    'listeners:\n  - listen: :80\n    upstream: app\nupstreams:\n  - servers: []',
    [
      '2:5 listeners[0].name: "name" is missing; write a name for the listener: 1 to 64 letters, digits, dots, hyphens and underscores',
      '3:15 listeners[0].upstream: no upstream is named "app"; add it to upstreams',
      '5:5 upstreams[0].name: "name" is missing; write a name for the upstream: 1 to 64 letters, digits, dots, hyphens and underscores',
    ],
  ],
  [withTop('log:'), ['9:5 log: there is no value; write a mapping of level, access, file']],
  [withTop('log: info'), ['9:6 log: "info" is not valid here; write a mapping of level, access, file']],
]

const names: [string, string[]][] = [
  [
    good.replace('name: web', 'name: a b'),
    [
      '2:11 listeners[0].name: "a b" is not valid here; write a name for the listener: 1 to 64 letters, digits, dots, hyphens and underscores',
    ],
  ],
  [
    good.replace('name: web', 'name: constructor'),
    ['2:11 listeners[0].name: "constructor" cannot be a name; write another'],
  ],
  [good.replace('name: web', 'name: 80'), ['2:11 listeners[0].name: 80 is a number; write "80" in quotes']],
  [
    good.replace('name: web', `name: ${'x'.repeat(65)}`),
    [
      '2:11 listeners[0].name: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"… is not valid here; write a name for the listener: 1 to 64 letters, digits, dots, hyphens and underscores',
    ],
  ],
]

describe('unknown, missing and repeated keys', () => {
  it.each(keys)('%j is refused with the whole sentence', (text, expected) => {
    expect(problemsOf(text)).toEqual(expected.map((problem) => `c.yaml:${problem}`))
  })
})

describe('wrong names', () => {
  it.each(names)('%j is refused with the whole sentence', (text, expected) => {
    expect(problemsOf(text)).toEqual(expected.map((problem) => `c.yaml:${problem}`))
  })
})

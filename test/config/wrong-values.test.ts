import { describe, expect, it } from 'vitest'
import { oneOf } from '../../src/config/problems/show.ts'
import { ENGINES } from '../../src/config/schema.ts'
import { problemsOf, withListener, withServers, withTop } from './problems-of.ts'

const values: [string, string[]][] = [
  [
    withTop('workers: 0'),
    ['9:10 workers: 0 is not valid here; write auto, or a whole number from 1 to 1024 without quotes'],
  ],
  [
    withTop('workers: 1025'),
    ['9:10 workers: 1025 is not valid here; write auto, or a whole number from 1 to 1024 without quotes'],
  ],
  [
    withTop('workers: 1.5'),
    ['9:10 workers: 1.5 is not valid here; write auto, or a whole number from 1 to 1024 without quotes'],
  ],
  [
    withTop('workers: "4"'),
    ['9:10 workers: "4" is not valid here; write auto, or a whole number from 1 to 1024 without quotes'],
  ],
  [
    withTop('workers: .nan'),
    ['9:10 workers: NaN is not valid here; write auto, or a whole number from 1 to 1024 without quotes'],
  ],
  [withTop('engine: kernell'), [`9:9 engine: "kernell" is not valid here; write ${oneOf(['auto', ...ENGINES])}`]],
  [
    withTop('log: { level: verbose }'),
    ['9:15 log.level: "verbose" is not valid here; write trace, debug, info, warn, error or fatal'],
  ],
  [
    withTop('log: { access: yes }'),
    [
      '9:16 log.access: "yes" is not valid here; write true or false, without quotes, or a mapping of file, sample, anonymize',
    ],
  ],
  [
    withTop('log: { access: { smaple: 0.5 } }'),
    ['9:18 log.access.smaple: unknown key "smaple"; did you mean "sample"?'],
  ],
  [withTop('log: { access: { file: "" } }'), ['9:24 log.access.file: "" is not valid here; write the path of a file']],
  ...['1.5', '-1', '"0.1"', '10%'].map((sample): [string, string[]] => [
    withTop(`log: { access: { sample: ${sample} } }`),
    [
      `9:26 log.access.sample: ${sample === '10%' ? '"10%"' : sample} is not valid here; write a number from 0 to 1, such as 0.1`,
    ],
  ]),
  ...['24', '/0', '/32', '/024', '/24/48', 'yes'].map((length): [string, string[]] => [
    withTop(`log: { access: { anonymize: ${length} } }`),
    [
      `9:29 log.access.anonymize: ${length === '24' ? length : `"${length}"`} is not valid here; write a length from /1 to /31, such as /24, or off`,
    ],
  ]),
  [withTop('log: { file: "" }'), ['9:14 log.file: "" is not valid here; write the path of a file']],
  [
    withListener('unix: { mode: 0o660 }'),
    ['5:19 listeners[0].unix.mode: 432 is a number; write "0660" for 0o660, or "0432", in quotes'],
  ],
  [withListener('unix: { mode: 0660 }'), ['5:19 listeners[0].unix.mode: 660 is a number; write "0660" in quotes']],
  ...['"0888"', '"rw-rw----"', '"10660"'].map((mode): [string, string[]] => [
    withListener(`unix: { mode: ${mode} }`),
    [`5:19 listeners[0].unix.mode: ${mode} is not valid here; write an octal mode in quotes, such as "0660"`],
  ]),
  ...Object.entries({ '""': '""', '-1': '-1', '"a b"': '"a b"', '[www-data]': 'a list' }).map(
    ([group, shown]): [string, string[]] => [
      withListener(`unix: { group: ${group} }`),
      [
        `5:20 listeners[0].unix.group: ${shown} is not valid here; write the name of a group, such as www-data, or its number`,
      ],
    ],
  ),
  [
    withListener('maxConnections: 0'),
    ['5:21 listeners[0].maxConnections: 0 is not valid here; write a whole number from 1 to 1000000, without quotes'],
  ],
  [
    withListener('maxConnections: 1e9'),
    [
      '5:21 listeners[0].maxConnections: 1000000000 is not valid here; write a whole number from 1 to 1000000, without quotes',
    ],
  ],
  [
    withListener('allow: [10.0.0.0/8, 10.0.0/8]'),
    [
      '5:25 listeners[0].allow[1]: "10.0.0/8" is not a network; write an address or a network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32',
    ],
  ],
  [
    withListener('deny: 10.0.0.0/8'),
    [
      '5:11 listeners[0].deny: "10.0.0.0/8" is not valid here; write a list of networks, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32',
    ],
  ],
  [
    withListener('deny:'),
    [
      '5:10 listeners[0].deny: there is no value; write a list of networks, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32',
    ],
  ],
  [withListener('allowFile: ""'), ['5:16 listeners[0].allowFile: "" is not valid here; write the path of a file']],
  [
    withListener('denyFile: /nowhere/deny.txt'),
    ['5:15 listeners[0].denyFile: /nowhere/deny.txt: there is no such file; name one that exists'],
  ],
  [
    withListener('connectionRate: 500'),
    [
      '5:21 listeners[0].connectionRate: 500 is not valid here; write a rate such as 500/s or 100/m, a mapping of rate and burst, or off',
    ],
  ],
  [
    withListener('connectionRate: 500/h'),
    [
      '5:21 listeners[0].connectionRate: "500/h" is not a rate; write a rate such as 500/s or 100/m, a mapping of rate and burst, or off',
    ],
  ],
  [
    withListener('connectionRatePerClient: 0/s'),
    ['5:30 listeners[0].connectionRatePerClient: "0/s" is out of range; write 1 to 1000000 for the number'],
  ],
  [
    withListener('connectionRatePerClient: { rate: 5/s, burst: 0 }'),
    [
      '5:50 listeners[0].connectionRatePerClient.burst: 0 is not valid here; write a whole number from 1 to 1000000, without quotes',
    ],
  ],
  [
    withListener('maxConnectionsPerClient: 0'),
    [
      '5:30 listeners[0].maxConnectionsPerClient: 0 is not valid here; write off, or a whole number from 1 to 1000000 without quotes',
    ],
  ],
  [withListener('timeouts: { idle: 5 }'), ['5:23 listeners[0].timeouts.idle: 5 has no unit; write 5ms, 5s, 5m or 5h']],
  [
    withListener('timeouts: { idle: "5" }'),
    ['5:23 listeners[0].timeouts.idle: "5" has no unit; write 5ms, 5s, 5m or 5h'],
  ],
  [
    withListener('timeouts: { idle: -1s }'),
    [
      '5:23 listeners[0].timeouts.idle: "-1s" is not a duration; write a number and its unit without a space, such as 250ms, 5s, 10m or 1h',
    ],
  ],
  [
    withListener('timeouts: { idle: -1 }'),
    ['5:23 listeners[0].timeouts.idle: -1 is not valid here; write a duration such as 250ms, 5s, 10m or 1h, or off'],
  ],
  [
    withListener('timeouts: { idle: 1e99h }'),
    [
      '5:23 listeners[0].timeouts.idle: "1e99h" is not a duration; write a number and its unit without a space, such as 250ms, 5s, 10m or 1h',
    ],
  ],
  [
    withListener('timeouts: { idle: 5 s }'),
    [
      '5:23 listeners[0].timeouts.idle: "5 s" is not a duration; write a number and its unit without a space, such as 250ms, 5s, 10m or 1h',
    ],
  ],
  [
    withListener('timeouts: { idle: 5S }'),
    [
      '5:23 listeners[0].timeouts.idle: "5S" is not a duration; write a number and its unit without a space, such as 250ms, 5s, 10m or 1h',
    ],
  ],
  [
    withListener('timeouts: { idle: 577h }'),
    ['5:23 listeners[0].timeouts.idle: "577h" is too long; write at most 576h (24 days)'],
  ],
  [
    withListener('timeouts: { idle: 0.3ms }'),
    ['5:23 listeners[0].timeouts.idle: "0.3ms" is not a whole number of milliseconds; write for instance 1ms'],
  ],
  [
    withListener('timeouts: { idle: 0s }'),
    ['5:23 listeners[0].timeouts.idle: a timeout of 0 would end every connection at once; write a longer one'],
  ],
  [
    withListener('timeouts: { idle: false }'),
    ['5:23 listeners[0].timeouts.idle: false is not valid here; write a duration such as 250ms, 5s, 10m or 1h, or off'],
  ],
  [
    withListener('timeouts: { connect: off }'),
    ['5:26 listeners[0].timeouts.connect: this cannot be off; write a duration such as 250ms, 5s, 10m or 1h'],
  ],
  [
    withListener('timeouts: 5s'),
    [
      '5:15 listeners[0].timeouts: "5s" is not valid here; write a mapping of connect, idle, stall, halfClose, maxAge, preread',
    ],
  ],
  [withTop('workerMemory: 512'), ['9:15 workerMemory: 512 has no unit; write for instance 512B or 512KiB']],
  [withTop('workerTimeout: 1s'), ['9:16 workerTimeout: this is too short; write at least 2s']],
  [
    withTop('drainTimeout: off'),
    ['9:15 drainTimeout: this cannot be off; write a duration such as 250ms, 5s, 10m or 1h'],
  ],
  [
    withServers('9000'),
    ['8:14 upstreams[0].servers: 9000 is not valid here; write a list of servers, such as - 127.0.0.1:9000'],
  ],
]

describe('wrong values', () => {
  it.each(values)('%j is refused with the whole sentence', (text, expected) => {
    expect(problemsOf(text)).toEqual(expected.map((problem) => `c.yaml:${problem}`))
  })
})

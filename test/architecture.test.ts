/** The rules of docs/architecture.md that a machine can hold. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cyclesIn, type Import, importsOf, wayTo } from './support/imports.ts'

/** What both processes are made with: they know nothing of clients. */
const COMMON = ['log', 'system', 'clock']

/** What each part may import. Read downwards: nothing imports a part above it, and primary and worker never each other. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: [
    'primary',
    'worker',
    'ipc',
    'inspection',
    'stats',
    'proxy',
    'engine',
    'upstream',
    'serving',
    'config',
    'dashboard',
    ...COMMON,
  ],
  library: ['primary', 'worker', 'ipc', 'inspection', 'stats', 'proxy', 'engine', 'upstream', 'serving', 'config'],
  primary: ['ipc', 'inspection', 'stats', 'proxy', 'engine', 'upstream', 'serving', 'config', ...COMMON],
  worker: ['ipc', 'inspection', 'stats', 'proxy', 'engine', 'upstream', 'serving', 'config', ...COMMON],
  ipc: ['stats', 'proxy', 'engine', 'upstream', 'serving', 'config', 'clock'],
  inspection: ['stats', 'proxy', 'engine', 'upstream', 'serving', 'config', 'clock', 'system'],
  stats: ['proxy', 'engine', 'upstream', 'serving', 'config', 'clock'],
  proxy: ['engine', 'upstream', 'serving', 'config', 'clock'],
  engine: ['serving', 'config', 'clock', 'system'],
  upstream: ['serving', 'config', 'clock'],
  serving: ['config'],
  config: [],
  // It runs in a browser, which gets nothing else.
  dashboard: [],
  log: ['config', 'clock', 'system'],
  system: ['config'],
  clock: [],
}

/** Files that belong to another part than their folder says. */
const PART_OF: Readonly<Record<string, string>> = {
  'cli.ts': 'cli',
  'index.ts': 'library',
  'clock.ts': 'clock',
}

/** Inside of inspection: a thread boundary is a folder boundary, so the two sides share only what is made for it. */
const INSPECTION_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: [],
  shared: ['api'],
  host: ['shared', 'api'],
  thread: ['shared', 'api'],
  builtin: ['shared', 'api'],
}
/** What the other parts may know of inspection. */
const SEEN_OF_INSPECTION: Readonly<Record<string, readonly string[]>> = {
  library: ['api'],
  worker: ['host'],
  cli: ['host'],
}

/** What the primary may load of the parts that touch a client's byte; of all else there it may import types. */
const PRIMARY_MAY_LOAD = [
  'proxy/outcome.ts',
  // What it opens and sends to workers.
  'engine/listening/listening-socket.ts',
  // The same, where systemd has opened it.
  'engine/listening/inherited-socket.ts',
]

/** Who may reach around the config, and why. */
const READS_ENVIRONMENT = {
  'config/load.ts': 'it is the reader',
  'commands/admin/admin-client.ts': 'which copyloop a command talks to is no config',
  'commands/admin/screen/table.ts': 'NO_COLOR is obeyed',
  'log/log.ts': 'NO_COLOR is obeyed for a terminal only',
  'primary/operator/pm2.ts': 'what pm2 sets for its app is no config of ours',
  'primary/systemd/environment.ts': 'what systemd tells a service is no config of ours',
  'primary/workers/inheritance.ts': 'what NODE_OPTIONS says of the young generation, workers are not told otherwise',
}
const OPENS_FILES = {
  'config/yaml/text-file.ts': 'it reads the config',
  'config/file-contents.ts': 'a module that has changed is told by its content',
  'config/token/token-readers.ts': 'a file shows who may read it',
  'system/descriptor.ts': 'it closes what it owns',
  'log/blank-out.ts': 'it overwrites the torn end of the log',
  'log/log-file.ts': 'it opens the log',
  'log/target.ts': 'it writes the log',
  'commands/inspector.ts': 'it writes a new inspector',
  'commands/write-docs.ts': 'it writes the generated pages',
  'inspection/builtin/capture.ts': 'it writes captures',
  'inspection/host/sets/find-inspectors.ts': 'an inspector’s version is the content of its file',
  'inspection/thread/load-module.ts': 'it makes sure that the file is still what was asked for',
  'primary/admin/dashboard/page-files.ts': 'it serves the files of the dashboard',
  'primary/version.ts': 'package.json has the version',
  'primary/workers/cores.ts': 'the cgroup’s quota is in files',
  'primary/sockets/account-ids.ts': 'users and groups are in /etc/passwd and /etc/group',
  'system/open-files.ts': 'the limit of open files is in /proc',
  'system/process-state.ts': 'the state of a process is in /proc',
  'system/sockets/unix/socket-file.ts': 'a unix socket is a file',
  'system/sockets/unix-sockets.ts': 'the paths of unix sockets are in /proc',
  'system/shared-file.ts': 'the memory that workers share is a file',
  'primary/names/resolve/cached-file.ts': '/etc/hosts and resolv.conf are files',
  'engine/self-connect.ts': 'the range of ports for connections is in /proc',
  'engine/kernel/reserve.ts': 'it holds a descriptor in reserve',
  'engine/listening/listened-socket.ts': 'a socket is told by its inode',
  'engine/streams/questions/socket-tables.ts': 'the kernel’s send queues are in /proc',
}
/** A number that is kept after its close is another's by then: whoever keeps a descriptor forgets it with the close. */
const CLOSES_DESCRIPTORS = {
  'system/descriptor.ts': 'it owns one',
  'config/yaml/text-file.ts': 'it opens and closes within one call',
  'engine/streams/questions/socket-tables.ts': 'it opens and closes within one turn of a loop',
  'engine/kernel/dialling.ts': 'a socket that cannot connect has no owner yet',
  'engine/kernel/socket/kernel-socket.ts': 'it owns a socket',
  'engine/kernel/listening.ts': 'it owns a listening socket',
  'engine/kernel/flow/pipes.ts': 'it owns pipes',
}
const SENDS_TO_PARENT = {
  'ipc/worker-channel.ts': 'it is the channel',
  'primary/operator/parent.ts': 'pm2 waits for “ready”, and shows what it is told',
  'commands/demo/peers.ts': 'it is no worker and tells the demo its ports',
}
const KNOWS_PISCINA = {
  'inspection/host/threads/inspector-thread.ts': 'it is the thread, which only a listener with inspectors needs',
}
const KNOWS_KOFFI = { 'system/ffi.ts': 'it is the way into the C library' }

const MOST_LINES = 200

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const text = new Map(files.map((file) => [file, readFileSync(posix.join('src', file), 'utf8')]))
const imports: readonly Import[] = [...text].flatMap(([file, source]) => importsOf(file, source))

const partOf = (file: string): string => {
  const folder = file.split('/')[0] ?? ''
  return PART_OF[file] ?? (folder === 'commands' ? 'cli' : folder)
}

/** The folder of inspection in which a file is; undefined for all others. */
const roomOf = (file: string): string | undefined => /^inspection\/(?:(\w+)\/)?/.exec(file)?.[1]

const shown = ({ from, to, typesOnly }: Import): string => `${from} imports ${typesOnly ? 'types of ' : ''}${to}`

/** The files in which the pattern occurs, outside of comments. */
const filesWith = (pattern: RegExp): string[] =>
  files.filter((file) => pattern.test(withoutComments(text.get(file) ?? ''))).toSorted()

const withoutComments = (source: string): string => source.replace(/\/\*.*?\*\/|^\s*\/\/.*?$/gms, '')

test('there are files, and imports in them', () => {
  expect(files.length).toBeGreaterThan(50)
  expect(imports.length).toBeGreaterThan(files.length)
})

describe('imports', () => {
  test('every file belongs to a part of the table', () => {
    expect(files.filter((file) => MAY_IMPORT[partOf(file)] === undefined)).toEqual([])
  })

  test('lead to files that are there', () => {
    expect(imports.filter(({ to, isOurs }) => isOurs && !text.has(to)).map(shown)).toEqual([])
  })

  test('point one way', () => {
    const upwards = imports.filter(({ from, to, isOurs }) => {
      const allowed = [partOf(from), ...(MAY_IMPORT[partOf(from)] ?? [])]
      return isOurs && !allowed.includes(partOf(to)) && !allowed.includes(to)
    })
    expect(upwards.map(shown)).toEqual([])
  })

  test('inside of inspection keep the sides of a thread apart', () => {
    const ofInspection = files.filter((file) => partOf(file) === 'inspection')
    expect(ofInspection.filter((file) => INSPECTION_MAY_IMPORT[roomOf(file) ?? ''] === undefined)).toEqual([])
    const wrong = imports.filter(({ from, to }) => {
      const [own, other] = [roomOf(from), roomOf(to)]
      if (other === undefined || own === other) return false
      const allowed = own === undefined ? SEEN_OF_INSPECTION[partOf(from)] : INSPECTION_MAY_IMPORT[own]
      return !allowed?.includes(other)
    })
    expect(wrong.map(shown)).toEqual([])
  })

  test('of the primary load nothing that could serve a client', () => {
    const loaded = imports.filter(
      ({ from, to, isOurs, typesOnly }) =>
        isOurs &&
        partOf(from) === 'primary' &&
        ['inspection', 'proxy', 'engine', 'upstream'].includes(partOf(to)) &&
        !typesOnly &&
        !PRIMARY_MAY_LOAD.includes(to),
    )
    expect(loaded.map(shown)).toEqual([])
  })

  test('make no cycle', () => {
    expect(cyclesIn(imports)).toEqual([])
  })
})

describe('only these files, each for its reason,', () => {
  test('read the environment', () => {
    expect(filesWith(/\bprocess\.env\b|\benv\b[^'"]*'node:process'/)).toEqual(Object.keys(READS_ENVIRONMENT).toSorted())
  })

  test('open files', () => {
    expect(filesWith(/'(?:node:)?fs(?:\/promises)?'/)).toEqual(Object.keys(OPENS_FILES).toSorted())
  })

  test('close descriptors', () => {
    const closes = /\bcloseSync\b|import \{[^}]*\bclose\b[^}]*\} from '(?:[./]*(?:system)?\/libc\.ts|node:fs)'/
    expect(filesWith(closes)).toEqual(Object.keys(CLOSES_DESCRIPTORS).toSorted())
  })

  test('send messages to the parent process', () => {
    expect(filesWith(/\bprocess\.send\b/)).toEqual(Object.keys(SENDS_TO_PARENT).toSorted())
  })

  test('know piscina', () => {
    expect(filesWith(/['"]piscina['"/]/)).toEqual(Object.keys(KNOWS_PISCINA))
  })

  test('know koffi', () => {
    expect(filesWith(/['"]koffi['"/]/)).toEqual(Object.keys(KNOWS_KOFFI))
  })
})

test.each(['cli.ts', 'worker/main.ts'])('%s can be loaded where koffi cannot', (file) => {
  expect(wayTo('koffi', file, imports)).toBeUndefined()
})

describe('a file of src', () => {
  test(`has at most ${MOST_LINES} lines`, () => {
    const long = [...text].map(([file, source]) => ({ file, lines: source.split('\n').length - 1 }))
    expect(long.filter(({ lines }) => lines > MOST_LINES)).toEqual([])
  })

  test('does more than export what others have', () => {
    const barrels = files.filter((file) => {
      if (partOf(file) === 'library') return false
      const own = withoutComments(text.get(file) ?? '').replace(/^(?:import|export)\s[^;]*?\sfrom\s'[^']*'$/gms, '')
      return own.trim() === ''
    })
    expect(barrels).toEqual([])
  })

  test('has types, and nothing that is left for later', () => {
    expect(filesWith(/(?:[:<|&,(]|\bas|=>|\bkeyof)\s*any\b/)).toEqual([])
    expect(files.filter((file) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(text.get(file) ?? ''))).toEqual([])
  })
})

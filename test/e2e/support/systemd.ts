/** The part of systemd in tests: a socket for notices, and sockets that are passed on. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseAddress } from '../../../src/config/fields/address.ts'
import { type ListeningSocket, openListeningSocket } from '../../../src/engine/listening/listening-socket.ts'
import { listen } from '../../../src/system/libc.ts'
import { until } from '../../support/until.ts'
import { Copyloop, newDirectory, writeConfig } from './proxy.ts'

/** Why a test with systemd's own programs is skipped, for its name; empty if it is not. */
export const withoutProgram = (program: string): string =>
  spawnSync(program, ['--version']).status === 0 ? '' : ` (skipped: there is no ${program})`

/** systemd-notify also asks when its notice was taken: it waits until the descriptor that it sends then is closed. */
const RECEIVER = `
import json, os, socket, struct, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
receiver.bind(sys.argv[1].replace('@', '\\0', 1))
print(json.dumps('open'), flush=True)
while True:
    text, ancillary, _, _ = receiver.recvmsg(4096, socket.CMSG_SPACE(12) + socket.CMSG_SPACE(4))
    for _, kind, data in ancillary:
        if kind == socket.SCM_RIGHTS: os.close(struct.unpack('i', data)[0])
        else: pid = struct.unpack('iii', data)[0]
    if text != b'BARRIER=1': print(json.dumps({'text': text.decode(), 'pid': pid}), flush=True)
`

export interface Notice {
  /** The process that has sent it, as the kernel says. */
  readonly pid: number
  readonly fields: Readonly<Record<string, string>>
}

const receivers = new Set<ChildProcess>()
const sockets = new Set<ListeningSocket>()

/** For `afterEach`. */
export const endSystemd = async (): Promise<void> => {
  for (const receiver of receivers) {
    receiver.kill('SIGKILL')
    await once(receiver, 'close')
  }
  for (const socket of sockets) socket.close()
  receivers.clear()
  sockets.clear()
}

/** What NOTIFY_SOCKET is for a service, and what it has received. Python opens it: Node cannot. */
export class NotifySocket {
  readonly path: string
  #output = ''

  static async open(path = join(newDirectory(), 'notify')): Promise<NotifySocket> {
    const socket = new NotifySocket(path)
    await until('the notify socket is open', () => socket.#output.includes('"open"'))
    return socket
  }

  private constructor(path: string) {
    this.path = path
    const receiver = spawn('python3', ['-c', RECEIVER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    receivers.add(receiver)
    receiver.stdout.setEncoding('utf8').on('data', (text) => {
      this.#output += text
    })
  }

  get notices(): Notice[] {
    const lines = this.#output.slice(0, this.#output.lastIndexOf('\n')).split('\n').slice(1)
    return lines.map((line) => {
      const { text, pid } = JSON.parse(line) as { text: string; pid: number }
      return { pid, fields: Object.fromEntries(text.split('\n').map((field) => field.split(/=(.*)/s).slice(0, 2))) }
    })
  }

  /** Those with this field, without signs of life between them. */
  with(name: string): Notice[] {
    return this.notices.filter(({ fields }) => fields[name] !== undefined)
  }
}

/** A socket as systemd opens it for a socket unit: it listens, and nobody accepts. */
export const socketUnit = async (address: string): Promise<ListeningSocket> => {
  const socket = await openListeningSocket(parseAddress(address))
  sockets.add(socket)
  listen(socket.handle.fd, 128)
  return socket
}

/**
 * `copyloop run`, begun as systemd begins a service whose sockets are open already.
 *
 * @param config without it, COPYLOOP_CONFIG names a file
 */
export const activated = (
  config: object | undefined,
  passed: readonly ListeningSocket[],
  environment: Record<string, string> = {},
  pid = '$$',
): Copyloop =>
  new Copyloop(
    ['run', ...(config ? ['-c', writeConfig(config)] : [])],
    { LISTEN_FDS: `${passed.length}`, ...environment },
    process.cwd(),
    `export LISTEN_PID=${pid}`,
    undefined,
    passed.map(({ handle }) => handle.fd),
  )

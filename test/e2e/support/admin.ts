import { type IncomingHttpHeaders, request } from 'node:http'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { parseAddress } from '../../../src/config/fields/address.ts'
import { Copyloop } from './proxy.ts'

/** Where node:net finds the admin. */
export const adminTarget = (copyloop: Copyloop): NetConnectOpts => {
  const address = parseAddress(copyloop.adminAddress)
  return address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port }
}

const sockets = new Set<Socket>()

/** For `afterEach`: ends every connection that a test has opened with `rawSocket` or `rawly`. */
export const closeRaw = (): void => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
}

/** A connection to the admin that sends exactly this text. Nobody reads what comes back. */
export const rawSocket = (copyloop: Copyloop, text = ''): Socket => {
  const socket = connect(adminTarget(copyloop), () => socket.write(text))
  sockets.add(socket)
  return socket.on('error', () => {})
}

/** The same, and what came back until its end. */
export const rawly = (copyloop: Copyloop, text: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    rawSocket(copyloop, text)
      .on('data', (piece) => {
        answer += piece
      })
      .on('close', () => resolve(answer))
  })

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A request whose every header the caller chooses, Host included: fetch does not let it. */
export const ask = (
  copyloop: Copyloop,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
) =>
  new Promise<Answer>((resolve, reject) => {
    const address = parseAddress(copyloop.adminAddress)
    const target = address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port }
    request({ ...target, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
      .on('error', reject)
      .end(body)
  })

/** A command of the same program, and what has come of it. */
export const command = async (args: readonly string[], environment: Record<string, string> = {}) => {
  const ran = new Copyloop(args, { COPYLOOP_ADMIN: '', COPYLOOP_ADMIN_TOKEN: '', ...environment })
  const code = await ran.exited
  return { code, stdout: ran.stdout, stderr: ran.stderr }
}

/** How commands talk to a running copyloop: the one client of the admin. */
import { request } from 'node:http'
import type { Command } from 'commander'
import { type Address, formatAddress, parseServerAddress, systemPath } from '../../config/fields/address.ts'
import { Unreadable } from '../../config/problems/unreadable.ts'
import { DEFAULT_ADMIN_ADDRESS } from '../../config/sections/admin.ts'
import { isTokenText } from '../../config/token/admin-token.ts'

/** What a command could not do. The message is for its user; no stack is shown. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
}

/** Nobody listens at the admin's address. */
export class NothingListens extends CommandFailed {}

/** The body of a refusal: what is wrong, and where that is a name, those that there are. */
interface Refusal {
  readonly error?: string
  readonly listeners?: readonly string[]
  readonly upstreams?: readonly string[]
  readonly servers?: readonly string[]
}

const MOST_NAMED = 20

/** What the admin says of a request that it refused. */
export const refusalOf = (status: number, body: unknown): CommandFailed => {
  const { error, listeners, upstreams, servers } = (body ?? {}) as Refusal
  const known = listeners ?? upstreams ?? servers ?? []
  const more = known.length > MOST_NAMED ? ', …' : ''
  const there = known.length === 0 ? '' : `; there is: ${known.slice(0, MOST_NAMED).join(', ')}${more}`
  return new CommandFailed(`${error ?? `the admin answered with ${status}`}${there}`)
}

export interface AdminAnswer {
  readonly status: number
  /** Read from JSON. */
  readonly body: unknown
}

/** Longer than any answer of the admin takes, workers that do not answer included. */
const ANSWER_WITHIN_MS = 10_000

const IS_IT_RUNNING = 'is copyloop running, with its admin there? Pass --admin ADDRESS, or set COPYLOOP_ADMIN'

/** Adds the options of every command that talks to a running copyloop. */
export const addAdminOption = (command: Command): Command =>
  command.option(
    '--admin <address>',
    `the admin of the running copyloop: host:port or unix:/path (default: $COPYLOOP_ADMIN or ${DEFAULT_ADMIN_ADDRESS})`,
  )

/**
 * The admin that `--admin` or COPYLOOP_ADMIN names. A wrong address is a wrong usage.
 *
 * @param withinMs how long an answer may take
 */
export const adminClient = (
  { admin }: { readonly admin?: string },
  command: Command,
  withinMs = ANSWER_WITHIN_MS,
): AdminClient => {
  // An empty variable counts as unset, as usual in shells and units.
  const { COPYLOOP_ADMIN: inEnvironment, COPYLOOP_ADMIN_TOKEN: token } = process.env
  const text = admin ?? (inEnvironment || DEFAULT_ADMIN_ADDRESS)
  if (token && !isTokenText(token)) {
    return command.error('error: COPYLOOP_ADMIN_TOKEN: this is not one word of ASCII characters, as a token is')
  }
  try {
    return new AdminClient(parseServerAddress(text), token || undefined, withinMs)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return command.error(`error: ${admin === undefined ? 'COPYLOOP_ADMIN' : '--admin'}: ${error.message}`)
  }
}

export class AdminClient {
  readonly #address: Address
  readonly #token: string | undefined
  readonly #withinMs: number

  constructor(address: Address, token: string | undefined, withinMs: number) {
    this.#address = address
    this.#token = token
    this.#withinMs = withinMs
  }

  /** @throws {CommandFailed} if the admin cannot be reached, wants a token, or is no admin */
  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<AdminAnswer> {
    const { status, text } = await this.#send(method, path, body === undefined ? '' : JSON.stringify(body))
    if (status === 401) throw new CommandFailed(this.#unauthorized)
    try {
      return { status, body: JSON.parse(text) }
    } catch {
      throw new CommandFailed(this.#notAdmin)
    }
  }

  #send(method: string, path: string, body: string): Promise<{ status: number; text: string }> {
    const address = this.#address
    const target =
      address.kind === 'unix' ? { socketPath: systemPath(address.path) } : { host: address.host, port: address.port }
    const headers = {
      // The admin takes no other host, and a unix socket has none.
      ...(address.kind === 'unix' && { host: 'localhost' }),
      ...(body !== '' && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
    }
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) => reject(this.#failure(error))
      const signal = AbortSignal.timeout(this.#withinMs)
      const asking = request({ ...target, path, method, headers, signal, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text })).on('error', failed)
      })
      asking.on('error', failed).end(body)
    })
  }

  #failure(error: NodeJS.ErrnoException): CommandFailed {
    if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT')
      return new NothingListens(`nothing listens on ${this.#name}; ${IS_IT_RUNNING}`)
    return new CommandFailed(this.#describe(error))
  }

  #describe({ code, message }: NodeJS.ErrnoException): string {
    if (code === 'EACCES')
      return `this user may not connect to ${this.#name}; its owner may, and admin.mode can allow others`
    if (code === 'ABORT_ERR') return `${this.#name} has not answered within ${this.#withinMs / 1000} s`
    // The errors of Node's HTTP parser.
    if (code?.startsWith('HPE_')) return this.#notAdmin
    return `${this.#name} cannot be asked: ${message || code}; ${IS_IT_RUNNING}`
  }

  get #unauthorized(): string {
    return this.#token === undefined
      ? `${this.#name} needs a token; set COPYLOOP_ADMIN_TOKEN to what is in its tokenFile`
      : `${this.#name} refuses the token of COPYLOOP_ADMIN_TOKEN; set it to what is in its tokenFile`
  }

  get #notAdmin(): string {
    return `${this.#name} does not answer as copyloop's admin does; pass its address with --admin`
  }

  get #name(): string {
    return formatAddress(this.#address)
  }
}

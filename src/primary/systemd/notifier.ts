import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Logger } from 'pino'
import { EAGAIN, systemError } from '../../system/errors.ts'
import { environmentWithSocket } from './environment.ts'

/** Sends one notice. @throws if it cannot be sent */
type Send = (text: string) => Promise<void>

const TRY_AGAIN_MS = 100
const PROGRAM = 'systemd-notify'
const PROGRAM_WITHIN_MS = 5_000

/**
 * Sends notices to systemd (sd_notify(3)), one after the other. Node has no datagram sockets of unix: a system call sends
 * them, or the program systemd-notify where koffi cannot be loaded.
 */
export class Notifier {
  readonly #send: Promise<Send>
  readonly #logger: Logger
  #last: Promise<void> = Promise.resolve()
  #hasFailed = false

  /** @param socket a path, or an abstract name that begins with `@` */
  constructor(socket: string, logger: Logger) {
    this.#send = senderTo(socket, logger)
    this.#logger = logger
  }

  /** `READY=1` and the like, one a line. Never throws: that it fails is logged once. */
  tell(...lines: readonly string[]): void {
    this.#last = this.#last.then(async () => {
      try {
        await (await this.#send)(lines.join('\n'))
      } catch (error) {
        this.#failed(error as Error)
      }
    })
  }

  #failed(error: Error): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#logger.warn(`systemd cannot be told how copyloop is: ${error.message}`)
  }
}

const senderTo = async (socket: string, logger: Logger): Promise<Send> => {
  if (!/^[/@]/.test(socket)) return () => Promise.reject(new Error(`NOTIFY_SOCKET is no unix socket: ${socket}`))
  try {
    const { sendUnixDatagram } = await import('../../system/sockets/unix-datagram.ts')
    return (text) => sendBySystemCall(() => sendUnixDatagram(socket, text))
  } catch (error) {
    const { message } = error as Error
    logger.warn(
      `notices to systemd go through ${PROGRAM}, which needs NotifyAccess=all: koffi cannot be used: ${message}`,
    )
    return (text) => sendByProgram(socket, text)
  }
}

const sendBySystemCall = async (send: () => number): Promise<void> => {
  for (;;) {
    const result = send()
    if (result >= 0) return
    if (result !== EAGAIN) throw systemError(result, 'sendto')
    // systemd is slow to read: READY=1 must not be lost.
    await pause(TRY_AGAIN_MS, undefined, { ref: false })
  }
}

const sendByProgram = async (socket: string, text: string): Promise<void> => {
  const options = { env: environmentWithSocket(socket), timeout: PROGRAM_WITHIN_MS }
  await promisify(execFile)(PROGRAM, text.split('\n'), options)
}

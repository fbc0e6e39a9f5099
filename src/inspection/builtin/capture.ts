/** Writes what connections say into files that Wireshark and tshark read, one a connection. */
import { mkdirSync, openSync, readdirSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { z } from 'zod'
import { DIRECTIONS, type Direction } from '../../engine/direction.ts'
import { Descriptor } from '../../system/descriptor.ts'
import { type ConnectionInfo, type ConnectionSummary, defineInspector } from '../api/define-inspector.ts'
import { detach, pass } from '../api/verdict.ts'
import { describeThrown } from '../shared/describe-thrown.ts'
import { Conversation } from './capture/conversation.ts'
import { Redactor } from './capture/redactor.ts'
import { bytesOf, literalOption } from './match/pattern.ts'
import { sizeOption } from './size-option.ts'

/** What a module named by `redactWith` exports as its default. */
export type RedactionHook = (bytes: Uint8Array, direction: Direction, connection: ConnectionInfo) => Uint8Array

const absolutePath = (what: string) =>
  z.string().startsWith('/', { error: `write the absolute path of a ${what}, such as /var/tmp/${what}` })

const loadHook = (path: string): RedactionHook => {
  const { default: hook }: { default?: unknown } = createRequire(import.meta.url)(path)
  if (typeof hook !== 'function') throw new Error('its default export is no function')
  return hook as RedactionHook
}

const options = z
  .strictObject({
    directory: absolutePath('directory'),
    /** Of each file. */
    maxBytes: sizeOption().prefault('10MiB'),
    /** Files in the directory, those of other workers and of former runs included. */
    maxFiles: z.int().min(1).default(1000),
    /** Overwritten with `x` in the files, never in what is relayed. */
    redact: z.array(literalOption).default([]),
    redactWith: absolutePath('module.js').optional(),
  })
  .transform(({ redact, redactWith, ...rest }, context) => {
    try {
      return {
        ...rest,
        secrets: redact.map(bytesOf),
        hook: redactWith === undefined ? undefined : loadHook(redactWith),
      }
    } catch (error) {
      const message = `${redactWith} does not load: ${describeThrown(error).message}`
      context.issues.push({ code: 'custom', message, input: redactWith, path: ['redactWith'] })
      return z.NEVER
    }
  })

type Options = z.infer<typeof options>

/** The file of one connection, until it is full. */
class Recording {
  readonly #info: ConnectionInfo
  readonly #options: Options
  readonly #file: Descriptor
  readonly #redactors: Readonly<Record<Direction, Redactor>>
  readonly #conversation: Conversation
  #bytes = 0

  constructor(info: ConnectionInfo, given: Options) {
    this.#info = info
    this.#options = given
    this.#redactors = { toUpstream: new Redactor(given.secrets), toClient: new Redactor(given.secrets) }
    this.#file = new Descriptor(openSync(join(given.directory, `${info.id}.pcapng`), 'wx', 0o600))
    this.#conversation = new Conversation(info, (bytes) => {
      this.#bytes += bytes.length
      writeSync(this.#file.number, bytes)
    })
  }

  get isFull(): boolean {
    return this.#bytes >= this.#options.maxBytes
  }

  data(direction: Direction, bytes: Uint8Array): void {
    const { hook, maxBytes } = this.#options
    const shown = hook ? hook(Buffer.from(bytes), direction, this.#info) : bytes
    const sure = this.#redactors[direction].add(shown)
    this.#conversation.data(direction, sure.subarray(0, Math.max(0, maxBytes - this.#bytes)))
  }

  /** A full file ends in the middle of the conversation, and so says nothing of its end. */
  close(summary: ConnectionSummary): void {
    try {
      if (this.isFull) return
      for (const direction of DIRECTIONS) {
        this.#conversation.data(direction, this.#redactors[direction].rest())
      }
      this.#conversation.end(summary)
    } finally {
      this.#file.close()
    }
  }
}

const filesIn = (directory: string): number => readdirSync(directory).filter((name) => name.endsWith('.pcapng')).length

export default defineInspector({
  name: 'capture',
  options,
  open: (connection, given) => {
    mkdirSync(given.directory, { recursive: true })
    return { recording: filesIn(given.directory) < given.maxFiles ? new Recording(connection, given) : undefined }
  },
  chunk: ({ recording }, bytes, direction) => {
    if (recording === undefined || recording.isFull) return detach('connection')
    recording.data(direction, bytes)
    return pass
  },
  close: ({ recording }, summary) => recording?.close(summary),
})

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

/** A file that lines are still written to, maybe under another name by now. */
interface OpenFile {
  readonly descriptor: number
  readonly inode: number
  rest: Buffer
  quietSinceMs: number
}

/** A rotated file is still read for this long after its last line, because processes open the new one with a delay. */
const READ_ON_MS = 15_000
const LOOK_EVERY_MS = 50
const LF = 0x0a

/** Follows a log through its rotations, and passes on every line once. */
export class AccessLog {
  readonly #path: string
  readonly #onLine: (line: Record<string, unknown>) => void
  readonly #onTorn: (text: string) => void
  readonly #buffer = Buffer.allocUnsafe(1024 * 1024)
  readonly #timer: NodeJS.Timeout
  #files: OpenFile[] = []

  constructor(path: string, onLine: (line: Record<string, unknown>) => void, onTorn: (text: string) => void) {
    this.#path = path
    this.#onLine = onLine
    this.#onTorn = onTorn
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
  }

  look(): void {
    this.#openNew()
    const now = performance.now()
    for (const file of this.#files) {
      if (this.#read(file)) file.quietSinceMs = now
    }
    const current = this.#files.at(-1)
    this.#files = this.#files.filter((file) => {
      if (file === current || now - file.quietSinceMs < READ_ON_MS) return true
      closeSync(file.descriptor)
      return false
    })
  }

  close(): void {
    clearInterval(this.#timer)
    for (const { descriptor, rest } of this.#files) {
      closeSync(descriptor)
      if (rest.length > 0) this.#onTorn(rest.toString())
    }
  }

  #openNew(): void {
    try {
      const { ino } = statSync(this.#path)
      if (this.#files.some(({ inode }) => inode === ino)) return
      const descriptor = openSync(this.#path, 'r')
      const { ino: inode } = fstatSync(descriptor)
      this.#files.push({ descriptor, inode, rest: Buffer.alloc(0), quietSinceMs: performance.now() })
    } catch {
      // It is not there yet, or away for a moment: what is open is read on.
    }
  }

  /** Reads what is new; false if nothing is. */
  #read(file: OpenFile): boolean {
    const size = readSync(file.descriptor, this.#buffer)
    if (size === 0) return false
    const bytes = Buffer.concat([file.rest, this.#buffer.subarray(0, size)])
    let start = 0
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      this.#take(bytes.toString('utf8', start, end))
      start = end + 1
    }
    file.rest = bytes.subarray(start)
    return this.#read(file) || true
  }

  #take(text: string): void {
    try {
      this.#onLine(JSON.parse(text))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.#onTorn(text)
    }
  }
}

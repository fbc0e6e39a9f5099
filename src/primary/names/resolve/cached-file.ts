import { readFileSync, statSync } from 'node:fs'

/** A file changes unseen if that happens within one tick of the kernel's clock, to the same size: so long it is read anew. */
const SETTLED_AFTER_MS = 1_000

/** The content of a file, which is only read and parsed when the file has changed. It need not exist: then it is empty. */
export class CachedFile<Content> {
  readonly #path: string
  readonly #parse: (text: string) => Content
  #content: Content
  #stamp: string | undefined = ''

  constructor(path: string, parse: (text: string) => Content) {
    this.#path = path
    this.#parse = parse
    this.#content = parse('')
  }

  get content(): Content {
    const stat = statSync(this.#path, { throwIfNoEntry: false })
    const stamp = stat && [stat.dev, stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs].join(' ')
    if (stamp === undefined || stamp !== this.#stamp) this.#content = this.#parse(this.#read())
    const changedMs = Math.max(stat?.mtimeMs ?? 0, stat?.ctimeMs ?? 0)
    this.#stamp = Date.now() - changedMs > SETTLED_AFTER_MS ? stamp : undefined
    return this.#content
  }

  #read(): string {
    try {
      return readFileSync(this.#path, 'utf8')
    } catch {
      return ''
    }
  }
}

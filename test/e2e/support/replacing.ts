import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inWorkers } from './preload.ts'
import { type Copyloop, newDirectory } from './proxy.ts'
import type { Answer } from './reloading.ts'

/** The answer of `POST /reload?workers=true`. */
export interface ReplacedAnswer {
  readonly status: number
  readonly body: Answer['body'] & { readonly workers?: { readonly replaced: number }; readonly error?: string }
}

export const replaceWorkers = async (copyloop: Copyloop): Promise<ReplacedAnswer> => {
  const response = await copyloop.admin('/reload?workers=true', { method: 'POST' })
  return { status: response.status, body: (await response.json()) as ReplacedAnswer['body'] }
}

/** The processes that serve. */
export const servingPids = async (copyloop: Copyloop): Promise<number[]> =>
  (await copyloop.stats()).workers.filter(({ state }) => state === 'serving').map(({ pid }) => pid)

/** How many workers have ended, by how. */
export const endsOf = async (copyloop: Copyloop): Promise<Record<string, number>> => {
  const text = await (await copyloop.admin('/metrics')).text()
  const samples = text.matchAll(/^copyloop_worker_ends_total\{how="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries([...samples].map(([, how, count]) => [how, Number(count)]))
}

export const NO_ENDS = { exit: 0, signal: 0, killed: 0, replaced: 0 }

/** Code that workers run at their start, as long as a test wants it. */
export class AtStart {
  readonly #flag = join(newDirectory(), 'flag')
  readonly environment: Record<string, string>

  /** @param code may name the `flag`, which is there while the test wants it */
  constructor(code: string) {
    this.environment = inWorkers(
      `const { existsSync } = require('node:fs'); const flag = ${JSON.stringify(this.#flag)}; ${code}`,
    )
  }

  begin(): void {
    writeFileSync(this.#flag, '')
  }

  end(): void {
    rmSync(this.#flag)
  }
}

/** Workers that start, and go no further before the test lets them. */
export const heldBack = (): AtStart =>
  new AtStart('while (existsSync(flag)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)')

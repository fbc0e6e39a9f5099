import { join } from 'node:path'
import { beforeEach } from 'vitest'
import type { LogConfig } from '../../src/config/schema.ts'
import { type Log, openLog } from '../../src/log/log.ts'
import { newDirectory } from '../e2e/support/proxy.ts'

let directory: string

/** What the log told of its openings: an error's code, or `open`. */
export const told: string[] = []

/** Each test of the file has a directory of its own. */
export const useOwnDirectory = (): void => {
  beforeEach(() => {
    directory = newDirectory()
    told.length = 0
  })
}

export const at = (file: string): string => join(directory, file)

export const open = (given: LogConfig): Log =>
  openLog(given, {}, { onOpened: (error) => told.push(error?.code ?? 'open') })

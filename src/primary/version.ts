import { readFileSync } from 'node:fs'

/** copyloop's own version. package.json is two directories up, from src/primary as from dist/primary. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version

/**
 * Part of `npm run build`: empties dist/dashboard and copies what the compiler does not write. Whatever is there afterwards
 * is served, so nothing may be left of an earlier build.
 */
import { cpSync, rmSync } from 'node:fs'

const COPIED = /\.(html|css|svg)$/
const [from, to] = ['src/dashboard', 'dist/dashboard']

rmSync(to, { recursive: true, force: true })
cpSync(from, to, { recursive: true, filter: (path) => COPIED.test(path) || !/\.\w+$/.test(path) })

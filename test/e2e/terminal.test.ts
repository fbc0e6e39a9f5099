import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { openTerminal } from '../support/terminal.ts'
import { until, within } from '../support/until.ts'
import { closeAll, echoServer, visit } from './support/echo.ts'
import { newDirectory, writeConfig } from './support/proxy.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

afterEach(closeAll)

test('on a terminal each connection is one line, and so is all else', async () => {
  const directory = newDirectory()
  const address = `unix:${directory}/web.sock`
  const server = await echoServer()
  const listeners = [{ name: 'web', listen: address, upstream: 'app' }]
  const upstreams = [{ name: 'app', servers: [server] }]
  const file = writeConfig({ admin: 'off', listeners, upstreams }, directory)
  const terminal = openTerminal()
  terminal.look()
  const env = { ...process.env, NO_COLOR: '1' }
  const stdio = ['ignore', terminal.descriptor, 'inherit', 'ipc'] as const
  const copyloop = spawn(process.execPath, [CLI, 'run', '-c', file], { stdio: [...stdio], env })
  try {
    await within('ready', once(copyloop, 'message'), 20_000)
    for (let visits = 0; visits < 3; visits++) await visit(address)
    const exit = once(copyloop, 'exit')
    copyloop.kill('SIGTERM')
    await within('the end', exit)
    await until('the last line', () => terminal.text.includes('drained: '))
    const lines = terminal.text.split('\r\n').filter(Boolean)
    expect(lines.filter((line) => line.includes(`→ ${server} completed by client`)).length).toBe(3)
    for (const line of lines) expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} (INFO|WARN) /)
  } finally {
    copyloop.kill('SIGKILL')
    terminal.close()
  }
}, 60_000)

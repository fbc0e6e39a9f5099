import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { DescriptorChannel } from '../../src/system/sockets/descriptor-channel.ts'
import { WITHOUT_PRIVILEGES } from '../support/limits.ts'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { withoutKoffi } from './support/preload.ts'
import { Copyloop, endAll, newDirectory, run, writeConfig } from './support/proxy.ts'
import { successorOf, takingOver, Watchers, withControl } from './support/taking-over.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

/** Those that have begun to run: the primary waits for one that is stopped before that. */
const workersOf = ({ pid }: Copyloop): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((child) => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('worker/main.js'))
    .map(Number)

describe('the running copyloop goes on as if nothing had been', () => {
  test.each(['kernel', 'streams'])('when the new one is killed before it serves (%s)', async (engine) => {
    const generation = withControl(await echoServer(), { engine, workers: 2 })
    const copyloop = await run(generation.config)
    const watchers = new Watchers(copyloop)
    const killed = takingOver(successorOf(copyloop, generation))
    await until('it takes over', () => copyloop.logged(`process ${killed.pid} is taking over`))
    killed.process.kill('SIGKILL')
    await until('the old one goes on', () => copyloop.logged('before it served'))
    const { visits } = watchers
    await until('clients are served', () => watchers.visits > visits + 10)
    await watchers.end()
    expect(watchers.troubles).toEqual([])
  })

  test.each(['kernel', 'streams'])('when the new one is stopped before it serves (%s)', async (engine) => {
    const generation = withControl(await echoServer(), { engine, workers: 2 })
    const copyloop = await run(generation.config)
    const watchers = new Watchers(copyloop)
    const stopped = takingOver(successorOf(copyloop, generation), { COPYLOOP_LOG_LEVEL: 'debug' })
    await until('its workers are there', () => workersOf(stopped).length === 2)
    // The start waits for this one.
    process.kill(workersOf(stopped)[1] ?? 0, 'SIGSTOP')
    await until('the other one serves', () => stopped.logged('worker serves'))
    stopped.signal('SIGTERM')
    await stopped.exited
    await until('the old one goes on', () => copyloop.logged('this copyloop goes on'))
    const { visits } = watchers
    await until('clients are served', () => watchers.visits > visits + 10)
    await watchers.end()
    expect(watchers.troubles).toEqual([])
  })

  test('when the new one cannot have an address that it needs beside the old ones', async () => {
    const generation = withControl(await echoServer())
    const copyloop = await run(generation.config)
    const next = successorOf(copyloop, generation)
    const listeners = [
      ...(next.config.listeners as object[]),
      { name: 'taken', listen: await echoServer(), upstream: 'app' },
    ]
    const failing = takingOver({ ...next, config: { ...next.config, listeners } })
    expect(await failing.exited).toBe(1)
    expect(failing.stderr).toContain('listener taken cannot listen on')
    await until('the old one goes on', () => copyloop.logged('before it served'))
    await visit(copyloop.address('web'))
  })

  test('when the admin of the new one cannot have its address, and the control socket is there as before', async () => {
    const generation = withControl(await echoServer())
    const copyloop = await run(generation.config)
    const next = successorOf(copyloop, generation)
    const failing = takingOver({ ...next, config: { ...next.config, admin: { listen: await echoServer() } } })
    expect(await failing.exited).toBe(1)
    expect(failing.stderr).toContain('the admin cannot listen on')
    await until('the old one goes on', () => copyloop.logged('before it served'))
    await takingOver(next).serving()
    expect(await copyloop.exited).toBe(0)
  })

  test.each(['kernel', 'streams'])('when the new one is killed after it has served (%s)', async (engine) => {
    const directory = newDirectory()
    const listen = ['127.0.0.1:0', `unix:${join(directory, 'web.sock')}`]
    const server = await echoServer()
    // What is inspected stays in the old one.
    const inspect = [{ use: fileURLToPath(new URL('../inspection/inspectors/pass-all.js', import.meta.url)) }]
    const listeners = [{ name: 'web', listen, upstream: 'app', inspect }]
    const generation = withControl(server, { engine, workers: 2, listeners, drainTimeout: '30s' })
    const copyloop = await run(generation.config)
    const living = open(copyloop.address('web'))
    await echo(living, 'before')
    const next = successorOf(copyloop, generation)
    const killed = await takingOver(next).serving()
    await visit(copyloop.address('web'))
    killed.process.kill('SIGKILL')
    await killed.exited
    await until('the old one goes on', () => copyloop.logged('after it had taken over'))
    for (const address of copyloop.addresses('web')) await visit(address)
    await echo(living, 'still here')
    // And is taken over from once more.
    const successor = await takingOver(next).serving()
    living.end()
    expect(await copyloop.exited).toBe(0)
    for (const address of successor.addresses('web')) await visit(address)
  })
})

describe('the running copyloop refuses', () => {
  /** A program that says hello and nothing more. */
  const visitor = (control: string, version = 1): DescriptorChannel => {
    const channel = DescriptorChannel.connect(control.slice('unix:'.length))
    channel.send(Buffer.from(JSON.stringify({ kind: 'hello', version, pid: process.pid })))
    return channel
  }

  test('a version that it does not know', async () => {
    const { control, config } = withControl(await echoServer())
    const copyloop = await run(config)
    const channel = visitor(control, 2)
    await until('it is refused', () => copyloop.logged('may not take over'))
    const answer = channel.receive()
    expect(answer).toMatchObject({ descriptors: [] })
    expect(typeof answer === 'object' && JSON.parse(answer.bytes.toString())).toEqual({
      kind: 'refused',
      reason: 'it speaks version 2 of a take-over, and this copyloop version 1; stop this one, then start it',
    })
    channel.close()
  })

  test('a second one while another takes over', async () => {
    const generation = withControl(await echoServer())
    const copyloop = await run(generation.config)
    const channel = visitor(generation.control)
    await until('the first one takes over', () => copyloop.logged('is taking over'))
    const reload = await copyloop.admin('/reload', { method: 'POST' })
    expect(await reload.text()).toContain(`process ${process.pid} is taking over`)
    const second = takingOver(successorOf(copyloop, generation))
    expect(await second.exited).toBe(1)
    expect(second.stderr).toContain(`the running copyloop refuses: process ${process.pid} is taking over`)
    channel.close()
    await until('the first one is gone', () => copyloop.logged('before it served'))
    await takingOver(successorOf(copyloop, generation)).serving()
    expect(await copyloop.exited).toBe(0)
  })

  test.runIf(WITHOUT_PRIVILEGES.length > 0)('a program of another user, which sees why', async () => {
    const { config } = withControl(await echoServer())
    const control = `unix:@copyloop-${process.pid}-${Date.now()}`
    const copyloop = await run({ ...config, control })
    const flags = ['--listen', '127.0.0.1:0', '--to', '127.0.0.1:1', '--admin', 'off', '--take-over', control]
    const asAnother = `exec ${WITHOUT_PRIVILEGES.join(' ')} "$0" "$@"`
    const foreign = new Copyloop(['run', ...flags], {}, '/', asAnother)
    expect(await foreign.exited).toBe(1)
    expect(foreign.stderr).toContain(`the copyloop at ${control} runs as user 0 and this one as 64242`)
    // One that does not look at whom it talks to is refused by the other end.
    const node = [process.execPath, '--input-type=module', '-e', RUDE, CHANNEL, control.slice('unix:'.length)]
    const rude = spawnSync('setpriv', [...WITHOUT_PRIVILEGES.slice(1), ...node])
    expect(JSON.parse(`${rude.stdout}`)).toEqual({
      kind: 'refused',
      reason: 'it runs as user 64242, and this copyloop as user 0',
    })
    expect(copyloop.logged('is taking over')).toBe(false)
  })
})

const CHANNEL = new URL('../../dist/system/sockets/descriptor-channel.js', import.meta.url).href
const RUDE = `
const [module, path] = process.argv.slice(1)
const { DescriptorChannel } = await import(module)
const channel = DescriptorChannel.connect(path)
channel.onReadable(() => {
  console.log(String(channel.receive().bytes))
  channel.close()
})
`

describe('--take-over', () => {
  test.each([
    [
      'unix:/nowhere/copyloop.ctl',
      1,
      'there is no such socket; is copyloop running with `control: unix:/nowhere/copyloop.ctl`?',
    ],
    ['127.0.0.1:80', 2, 'is no unix socket; write a unix socket such as unix:/run/copyloop.ctl'],
  ])('of %s ends with exit code %i and what to do', async (control, code, says) => {
    const ended = takingOver(withControl('127.0.0.1:1'), {}, control)
    expect(await ended.exited).toBe(code)
    expect(ended.stderr).toContain(says)
  })

  test.each(['control', '--take-over'])('without native modules: %s says what it needs', async (what) => {
    const generation = withControl('127.0.0.1:1')
    const environment = withoutKoffi()
    const ended =
      what === 'control'
        ? new Copyloop(['run', '-c', writeConfig(generation.config)], environment)
        : takingOver(generation, environment)
    expect(await ended.exited).toBe(1)
    expect(ended.stderr).toContain(`${what} needs system calls through koffi, which cannot be loaded here: `)
  })

  test('of a socket that a dead one left is an error too, and so is one that is no control socket', async () => {
    const generation = withControl(await echoServer())
    const dead = await run(generation.config)
    dead.process.kill('SIGKILL')
    await dead.exited
    const ended = takingOver(generation)
    expect(await ended.exited).toBe(1)
    expect(ended.stderr).toContain('nobody listens there')
    const path = join(newDirectory(), 'other.sock')
    await echoServer(`unix:${path}`)
    const other = takingOver(generation, {}, `unix:${path}`)
    expect(await other.exited).toBe(1)
    expect(other.stderr).toContain('it is not the control socket of a copyloop')
    // A start without it removes what the dead one left.
    await run(generation.config)
  })
})

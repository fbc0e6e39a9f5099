import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { own, stop } from '../measure/children.ts'
import { freePort, untilListening } from '../measure/ports.ts'
import { projectRoot } from '../paths.ts'

/** Workers report twice a second. */
const REPORTED_AFTER_MS = 1_500

/** Starts copyloop itself, and answers with its port and with how many connections each worker has. */
export const withProgram = async <T>(
  engine: 'kernel' | 'streams',
  workers: number,
  use: (port: number, connections: () => Promise<number[]>) => Promise<T>,
): Promise<T> => {
  const server = createServer((socket) => socket.on('error', () => {}).on('data', () => socket.write('1\n')))
  const [to, port, admin] = [await freePort(), await freePort(), await freePort()]
  await once(server.listen(to, '127.0.0.1'), 'listening')
  const [listen, upstream, asked] = [port, to, admin].map((number) => `127.0.0.1:${number}`) as [string, string, string]
  const args = ['--listen', listen, '--to', upstream, '--admin', asked, '--engine', engine, '--workers', `${workers}`]
  const child = own(spawn(process.execPath, [join(projectRoot, 'dist/cli.js'), 'run', ...args], { stdio: 'ignore' }))
  try {
    await untilListening(admin, () => {})
    while ((await fetch(`http://${asked}/readyz`)).status !== 200) await sleep(50)
    return await use(port, async () => {
      await sleep(REPORTED_AFTER_MS)
      const stats = (await (await fetch(`http://${asked}/stats`)).json()) as {
        workers: { connectionsActive: number }[]
      }
      return stats.workers.map(({ connectionsActive }) => connectionsActive)
    })
  } finally {
    // Its connections have nothing to say any more: no drain.
    child.kill('SIGKILL')
    await stop(child)
    server.close()
  }
}

/** FTP's ABOR is sent as urgent (RFC 959, section 4.1.3). Python's ftplib does so, through the proxy as without it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { endAll, relayTo, run } from './support/proxy.ts'

afterEach(endAll)

const ANSWERS: Readonly<Record<string, string>> = {
  USER: '331 Which password?',
  PASS: '230 Welcome',
  ABOR: '226 Aborted',
  QUIT: '221 Bye',
}

/** As much of an FTP server as the client needs. */
const ftpServer = createServer((socket) => {
  let received = ''
  socket.on('error', () => {}).write('220 Ready\r\n')
  socket.setEncoding('latin1').on('data', (piece: string) => {
    const lines = (received + piece).split('\r\n')
    received = lines.pop() ?? ''
    for (const line of lines) socket.write(`${ANSWERS[line.slice(0, 4)] ?? `500 What is ${line}?`}\r\n`)
  })
})

const CLIENT = `
import ftplib, sys
ftp = ftplib.FTP(timeout=5)
ftp.connect('127.0.0.1', int(sys.argv[1]))
ftp.login('user', 'password')
print(*[ftp.abort() for _ in range(10)], ftp.quit(), sep='\\n')
`
const cannot = spawnSync('python3', ['-c', 'import ftplib']).status === 0 ? '' : '(skipped: there is no python3 here)'

describe.skipIf(cannot).each(ENGINES)(`Python's ftplib, engine $name ${cannot}`, ({ name }) => {
  test('aborts what it has begun', async () => {
    await once(ftpServer.listen(0, '127.0.0.1'), 'listening')
    const { port } = ftpServer.address() as AddressInfo
    const copyloop = await run({ ...relayTo(`127.0.0.1:${port}`), engine: name })
    const client = spawn('python3', ['-c', CLIENT, copyloop.address('web').split(':')[1] ?? ''])
    const [said, complaint] = await Promise.all([text(client.stdout), text(client.stderr)])
    ftpServer.close()
    expect(complaint).toBe('')
    expect(said.trim().split('\n')).toEqual([...Array(10).fill('226 Aborted'), '221 Bye'])
  })
})

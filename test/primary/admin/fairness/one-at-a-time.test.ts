import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { oneAtATime } from '../../../../src/primary/admin/fairness/one-at-a-time.ts'
import { never, until } from '../../../support/until.ts'

let server: Server
let client: Socket
let text: string
/** What has been asked, and is not answered. */
const open: { url: string; response: ServerResponse }[] = []

beforeEach(async () => {
  open.length = 0
  text = ''
  server = createServer(oneAtATime(({ url = '' }, response) => open.push({ url, response })))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  client.on('data', (piece) => {
    text += piece
  })
})

afterEach(async () => {
  client.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const requests = (count: number) =>
  Array.from({ length: count }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join('')

test('requests that are pipelined are answered one after the other, all of them', async () => {
  client.write(requests(10))
  for (let index = 0; index < 10; index++) {
    await until('one is asked', () => open.length === 1)
    await never('another is', () => open.length > 1, 20)
    expect(open[0]?.url).toBe(`/${index}`)
    open.shift()?.response.end(`answer ${index}\n`)
  }
  await until('all are answered', () => text.includes('answer 9'))
  expect(text.match(/answer \d/g)).toHaveLength(10)
})

test('whoever pipelines more than sixteen is closed', async () => {
  client.write(requests(18))
  await once(client, 'close')
  expect(open.length).toBeLessThanOrEqual(1)
})

test('what is pipelined after an answer has its turn as well', async () => {
  client.write(requests(2))
  await until('one is asked', () => open.length === 1)
  client.write(requests(2))
  for (let index = 0; index < 4; index++) {
    await until('the next is asked', () => open.length === 1)
    open.shift()?.response.end('answered\n')
  }
  await until('all are answered', () => text.match(/answered/g)?.length === 4)
})

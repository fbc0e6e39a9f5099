/**
 * The server behind every contestant: one process, one port. A connection that starts with `G` is HTTP, `T` or `C` a
 * transfer (see frame.ts). Whatever is not exactly as agreed is reset, so the client that caused it sees an error.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { decodeFrame, type Frame, frameLength, verdict } from './frame.ts'
import { answerTo } from './http.ts'
import { PatternCheck } from './pattern.ts'
import { sendPattern } from './send-pattern.ts'

const server = createServer({ noDelay: true }, (socket) => {
  // A client that goes away in the middle is the client's to report.
  socket.on('error', () => {})
  socket.once('data', (first: Buffer) => {
    const onData = first[0] === 0x47 /* G */ ? httpReader(socket) : transferReader(socket)
    socket.on('data', onData)
    onData(first)
  })
})

const httpReader = (socket: Socket): ((chunk: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n', start, 'latin1')
      if (end < 0) break
      socket.write(answerTo(bytes, start))
      start = end + 4
    }
    rest = bytes.subarray(start)
  }
}

const transferReader = (socket: Socket): ((chunk: Buffer) => void) => {
  let head: Buffer = Buffer.alloc(0)
  let current: { frame: Frame; check: PatternCheck; left: number; sent: boolean } | undefined

  const finishIfDone = () => {
    if (!current || current.left > 0 || !current.sent) return
    const { closeAfter } = current.frame
    current = undefined
    if (closeAfter) socket.end(verdict)
    else socket.write(verdict)
  }

  const begin = (frame: Frame) => {
    const transfer = { frame, check: new PatternCheck(frame.offset), left: frame.up, sent: frame.down === 0 }
    current = transfer
    if (frame.down === 0) return
    void sendPattern(socket, frame.offset, frame.down).then(() => {
      transfer.sent = true
      finishIfDone()
    })
  }

  return (chunk) => {
    let bytes = chunk
    while (bytes.length > 0) {
      if (current) {
        const piece = bytes.subarray(0, current.left)
        if (piece.length === 0 || !current.check.accept(piece)) {
          socket.resetAndDestroy()
          return
        }
        current.left -= piece.length
        bytes = bytes.subarray(piece.length)
      } else {
        head = head.length === 0 ? bytes : Buffer.concat([head, bytes])
        if (head.length < frameLength) return
        const frame = decodeFrame(head)
        if (!frame) {
          socket.resetAndDestroy()
          return
        }
        bytes = head.subarray(frameLength)
        head = Buffer.alloc(0)
        begin(frame)
      }
      finishIfDone()
    }
  }
}

// Port and backlog: the parent says which port is free; the kernel caps the backlog at net.core.somaxconn.
server.listen({ host: '0.0.0.0', port: Number(process.argv[2] ?? 0), backlog: 8192 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => process.exit())

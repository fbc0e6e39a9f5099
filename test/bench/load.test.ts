import { describe, expect, test } from 'vitest'
import { decodeFrame, encodeFrame, frameLength } from '../../bench/load/frame.ts'
import { answer, answerTo, request, setAnswerId, setRequestId } from '../../bench/load/http.ts'
import { longestSlice, PatternCheck, patternAt } from '../../bench/load/pattern.ts'
import { parseWrk } from '../../bench/load/wrk.ts'

describe('the pattern check', () => {
  test('takes the pattern in whatever pieces', () => {
    const check = new PatternCheck(65_000)
    let offset = 65_000
    for (const length of [1, 999, 65_521, longestSlice, 3]) {
      expect(check.accept(patternAt(offset, length))).toBe(true)
      offset += length
    }
  })

  test('sees one changed byte, a lost byte and a block that came twice', () => {
    const changed = Buffer.from(patternAt(0, 1000))
    changed[777] = (changed[777] ?? 0) ^ 1
    expect(new PatternCheck(0).accept(changed)).toBe(false)

    const lost = new PatternCheck(0)
    lost.accept(patternAt(0, 500))
    expect(lost.accept(patternAt(501, 499))).toBe(false)

    const twice = new PatternCheck(0)
    twice.accept(patternAt(0, 4096))
    expect(twice.accept(patternAt(0, 4096))).toBe(false)
  })
})

test('a frame survives the wire, and what is no frame is refused', () => {
  const frame = { closeAfter: true, up: 16_777_216, down: 64, offset: 59_999 }
  const bytes = encodeFrame(frame)
  expect(bytes.length).toBe(frameLength)
  expect(decodeFrame(bytes)).toEqual(frame)
  expect(decodeFrame(Buffer.alloc(frameLength))).toBeUndefined()
})

test('the answer to one request is not the answer to another', () => {
  const bytes = request()
  setRequestId(bytes, 1234)
  const expected = answer()
  setAnswerId(expected, 1234)
  expect(answerTo(bytes, 0).equals(expected)).toBe(true)
  setRequestId(bytes, 1235)
  expect(answerTo(bytes, 0).equals(expected)).toBe(false)
})

test('the answer says its own length truly', () => {
  const text = answer().toString('latin1')
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  expect(Number(/Content-Length: (\d+)/.exec(text)?.[1])).toBe(body.length)
})

test("wrk's report is read with its units, and its errors are errors", () => {
  // As wrk 4.1.0 prints it.
  const report = `Running 3s test @ http://127.0.0.1:8080/
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   636.29us  353.86us   7.41ms   83.95%
    Req/Sec    77.58k     4.20k   85.05k    70.00%
  Latency Distribution
     50%  595.00us
     75%  788.00us
     90%    1.02ms
     99%    1.79ms
  231523 requests in 3.00s, 50.12MB read
  Socket errors: connect 0, read 3, write 0, timeout 0
Requests/sec:  77169.14
`
  expect(parseWrk(report)).toEqual({
    units: 231_523,
    seconds: 3,
    errors: ['wrk: Socket errors: connect 0, read 3, write 0, timeout 0'],
    figures: { p50Us: 595, p99Us: 1790 },
  })
  expect(parseWrk('').errors).toHaveLength(1)
})

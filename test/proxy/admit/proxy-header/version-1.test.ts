import { describe, expect, it } from 'vitest'
import { endpointText } from '../../../../src/proxy/admit/proxy-header/endpoint.ts'
import { findProxyHeader } from '../../../../src/proxy/admit/proxy-header/find-header.ts'

const find = (text: string) => findProxyHeader(Buffer.from(text, 'latin1'), 'v1')

/** The ends that a line names, as text. */
const endsIn = (text: string): unknown => {
  const found = find(text)
  if (found.is !== 'header') return found
  const { endpoints, length, version } = found.header
  return { length, version, ends: endpoints && [endpointText(endpoints.source), endpointText(endpoints.destination)] }
}

/** After how many bytes it is known to be no header. */
const wrongAfter = (text: string): number => {
  for (let size = 0; size <= text.length; size++) if (find(text.slice(0, size)).is === 'wrong') return size
  return Number.POSITIVE_INFINITY
}

describe('a line', () => {
  const widest = Array(8).fill('ffff').join(':')

  it.each([
    ['the example', 'PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n', ['192.168.0.1:56324', '192.168.0.11:443']],
    [
      'IPv4 at its widest',
      'PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n',
      Array(2).fill('255.255.255.255:65535'),
    ],
    ['IPv6 at its widest', `PROXY TCP6 ${widest} ${widest} 65535 65535\r\n`, Array(2).fill(`[${widest}]:65535`)],
    ['zeros and ones', 'PROXY TCP4 0.0.0.0 1.1.1.1 0 1\r\n', ['0.0.0.0:0', '1.1.1.1:1']],
    ['short IPv6', 'PROXY TCP6 ::1 2001:DB8:0:0:1::2 80 81\r\n', ['[::1]:80', '[2001:db8::1:0:0:2]:81']],
    ['IPv4 in IPv6', 'PROXY TCP6 ::ffff:192.0.2.1 ::ffff:c000:202 80 81\r\n', ['192.0.2.1:80', '192.0.2.2:81']],
  ])('%s names both ends', (_, line, ends) => {
    expect(endsIn(`${line}GET / HTTP/1.1\r\n`)).toEqual({ length: line.length, version: 'v1', ends })
    for (let size = 0; size < line.length; size++)
      expect(find(line.slice(0, size))).toEqual({ is: 'more', atLeast: size + 1 })
  })

  it.each([
    ['short', 'PROXY UNKNOWN\r\n'],
    ['the longest', `PROXY UNKNOWN ${widest} ${widest} 65535 65535\r\n`],
    ['with anything', 'PROXY UNKNOWN \0 \xff PROXY  TCP4\t\r\n'],
  ])('UNKNOWN, %s, names none', (_, line) => {
    expect(endsIn(`${line}SSH-2.0\r\n`)).toEqual({ length: line.length, version: 'v1', ends: undefined })
  })

  it.each([
    ['another protocol', 'G', 1],
    ['another word', 'PROXZ', 5],
    ['small letters', 'p', 1],
    ['two spaces', 'PROXY  ', 7],
    ['another family', 'PROXY TCP5', 10],
    ['a longer word', 'PROXY UNKNOWNX', 14],
    ['UDP', 'PROXY U D', 8],
    ['IPv6 as TCP4', 'PROXY TCP4 :', 12],
    ['IPv4 as TCP6', 'PROXY TCP6 1.', 13],
    ['leading zeros', 'PROXY TCP4 01', 13],
    ['a number above 255', 'PROXY TCP4 256', 14],
    ['five numbers', 'PROXY TCP4 1.2.3.4.', 19],
    ['three numbers', 'PROXY TCP4 1.2.3 ', 17],
    ['a sign', 'PROXY TCP4 1.2.3.4 5.6.7.8 +', 28],
    ['a minus', 'PROXY TCP4 1.2.3.4 5.6.7.8 -', 28],
    ['port 65536', 'PROXY TCP4 1.2.3.4 5.6.7.8 65536', 32],
    ['a port with a leading zero', 'PROXY TCP4 1.2.3.4 5.6.7.8 080', 29],
    ['no port', 'PROXY TCP4 1.2.3.4 5.6.7.8 \r', 28],
    ['a space too many', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2 ', 31],
    ['a tab', 'PROXY\t', 6],
    ['a line feed alone', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n', 31],
    ['a carriage return alone', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rx', 32],
    ['a line feed in UNKNOWN', 'PROXY UNKNOWN\n', 14],
    ['a carriage return in UNKNOWN', 'PROXY UNKNOWN \r \n', 16],
    ['an end after the family', 'PROXY TCP4\r', 11],
    ['an end after the address', 'PROXY TCP4 1.2.3.4\r', 19],
    ['two double colons', 'PROXY TCP6 1::2::', 17],
    ['five hex digits', 'PROXY TCP6 12345', 16],
    ['nine groups', 'PROXY TCP6 1:2:3:4:5:6:7:8:', 27],
    ['seven groups', 'PROXY TCP6 1:2:3:4:5:6:7 ', 25],
    ['a zone', 'PROXY TCP6 fe80::1%', 19],
    ['brackets', 'PROXY TCP6 [', 12],
    ['NUL', 'PROXY TCP4 1.2.3.4\0', 19],
    ['a high byte', 'PROXY TCP4 1.2.3.4\xa0', 19],
    ['an empty line', '\r\n', 1],
  ])('with %s is wrong as soon as that byte is there', (_, line, after) => {
    expect(wrongAfter(`${line}${'x'.repeat(200)}`)).toBe(after)
  })

  it('without CRLF in 107 bytes is wrong, and never more than 107 are asked for', () => {
    expect(wrongAfter(`PROXY UNKNOWN ${'x'.repeat(1000)}`)).toBe(107)
    expect(find(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`)).toMatchObject({ is: 'header', header: { length: 107 } })
    expect(find(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`)).toMatchObject({ is: 'wrong' })
  })

  it.each([
    ['PROXY TCP4 1.2.3.4 5.6.7.8 80 070\r\n', 'its sixth field is not a destination port'],
    ['PROXY TCP6 1.2.3.4 ::1 1 2\r\n', 'its third field is not an IPv6 source address'],
    ['PROXY UDP4 1.2.3.4', 'its second field is not TCP4, TCP6 or UNKNOWN'],
    ['POST / HTTP/1.1\r\n', 'it does not begin with a v1 header'],
    ['\x16\x03\x01\x02\x00', 'it does not begin with a v1 header'],
    ['\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c', 'it begins as v2 does, but only v1 is accepted'],
  ])('says what is wrong with %j', (line, reason) => {
    expect(find(line)).toEqual({ is: 'wrong', reason })
  })
})

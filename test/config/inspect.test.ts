import { describe, expect, it } from 'vitest'
import { formatSize, parseSize } from '../../src/config/fields/size.ts'
import { parseConfig } from '../../src/config/load.ts'
import { problemsOf, withListener, withTop } from './problems-of.ts'

const inspect = (text: string): string => withListener(`inspect: [${text}]`)

describe('the inspectors of a listener', () => {
  it('have a default for every key but `use`', () => {
    const [listener] = parseConfig(inspect('{ use: builtin:throttle }'), '/etc/c.yaml').listeners
    expect(listener?.inspect).toEqual([
      {
        use: 'builtin:throttle',
        options: {},
        directions: 'both',
        firstBytes: Number.POSITIVE_INFINITY,
        timeoutMs: 100,
        onFailure: 'close',
      },
    ])
  })

  it('are found relative to the config file', () => {
    const [listener] = parseConfig(inspect('{ use: ./a/b.js }, { use: /opt/c.js }'), '/etc/copyloop/c.yaml').listeners
    expect(listener?.inspect.map(({ use }) => use)).toEqual(['/etc/copyloop/a/b.js', '/opt/c.js'])
  })

  it('keep options as they were written, whatever they are', () => {
    const [listener] = parseConfig(
      inspect('{ use: ./a.js, options: { a: [1, { b: null }], c: off } }'),
      'c.yaml',
    ).listeners
    expect(listener?.inspect[0]?.options).toEqual({ a: [1, { b: null }], c: 'off' })
  })

  it('may be limited to the first bytes, in a time or none', () => {
    const [listener] = parseConfig(
      inspect('{ use: ./a.js, firstBytes: 64KiB, timeout: off, onFailure: pass, directions: toClient }'),
      'c.yaml',
    ).listeners
    expect(listener?.inspect[0]).toMatchObject({
      firstBytes: 65_536,
      timeoutMs: Number.POSITIVE_INFINITY,
      onFailure: 'pass',
      directions: 'toClient',
    })
  })

  it.each([
    [inspect('{}'), '5:15 listeners[0].inspect[0].use: "use" is missing; write the path of a file'],
    [
      inspect('{ use: builtin:magic }'),
      '5:22 listeners[0].inspect[0].use: "builtin:magic" is not built in; write builtin:protocol, builtin:match, builtin:capture or builtin:throttle',
    ],
    [
      inspect('{ use: ./a.js, firstBytes: 64 }'),
      '5:42 listeners[0].inspect[0].firstBytes: 64 has no unit; write for instance 64B or 64KiB',
    ],
    [
      inspect('{ use: ./a.js, firstBytes: 64kB }'),
      '5:42 listeners[0].inspect[0].firstBytes: "64kB" is not a size; write a number and its unit without a space, such as 512B, 64KiB or 1MiB',
    ],
    [
      inspect('{ use: ./a.js, firstBytes: 0B }'),
      '5:42 listeners[0].inspect[0].firstBytes: this is too small; write at least 1B',
    ],
    [
      inspect('{ use: ./a.js, onFailure: ignore }'),
      '5:41 listeners[0].inspect[0].onFailure: "ignore" is not valid here; write close or pass',
    ],
    [
      inspect('{ use: ./a.js, options: 5 }'),
      '5:39 listeners[0].inspect[0].options: 5 is not valid here; write a mapping',
    ],
    [withTop('inspection: { memory: 1MiB }'), '9:23 inspection.memory: this is too small; write at least 16MiB'],
  ])('%j is refused', (text, problem) => {
    expect(problemsOf(text)).toEqual([`c.yaml:${problem}`])
  })
})

describe('a size', () => {
  it.each([
    ['0B', 0],
    ['1.5KiB', 1536],
    ['64KiB', 65_536],
    ['1MiB', 2 ** 20],
    ['2GiB', 2 ** 31],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
    expect(parseSize(formatSize(bytes))).toBe(bytes)
  })

  it.each(['64', 'KiB', '64 KiB', '64KB', '-1B', '0.3B', '9999999GiB'])('%s is none', (text) => {
    expect(() => parseSize(text)).toThrow()
  })
})

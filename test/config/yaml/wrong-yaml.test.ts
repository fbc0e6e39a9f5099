import { describe, expect, it } from 'vitest'
import { problemsOf } from '../problems-of.ts'

const yaml: [string, string[]][] = [
  ['', ['1:1: this config is empty; write at least listeners and upstreams']],
  ['# nothing\n', ['1:1: this config is empty; write at least listeners and upstreams']],
  [
    '- a list',
    [
      '1:1: a list is not valid here; write a mapping of workers, engine, scheduling, admin, control, log, inspection, drainTimeout, drainDelay, drainSpread, workerTimeout, workerMemory, listeners, upstreams',
    ],
  ],
  [
    '42',
    [
      '1:1: 42 is not valid here; write a mapping of workers, engine, scheduling, admin, control, log, inspection, drainTimeout, drainDelay, drainSpread, workerTimeout, workerMemory, listeners, upstreams',
    ],
  ],
  ['listeners:\n\t- name: web', ['2:1: a tab cannot indent YAML; write spaces']],
  ['listeners: [1, 2', ['1:12: the list that this [ opens is not closed; write a ] at its end']],
  ['a: 1\nb: [1,\n  2\n', ['2:4: the list that this [ opens is not closed; write a ] at its end']],
  [
    'listeners:\n  - { name: web, upstream: app\nupstreams:\n  - name: app\n',
    ['2:5: the mapping that this { opens is not closed before line 3; write a }, or indent what is in it'],
  ],
  [
    'listeners:\n  - name: web\n    timeouts: { idle: 5s\n    upstream: app\nupstreams: []\n',
    ['3:15: the mapping that this { opens is not closed before line 4; write a }, or indent what is in it'],
  ],
  [
    'a: { b: [1, 2\nc: 3\n',
    ['1:9: the list that this [ opens is not closed before line 2; write a ], or indent what is in it'],
  ],
  [
    'a:\n  - { b: [{ c: 1 }], d: {\n    e: 1\n    }\n  - f\n',
    ['2:5: the mapping that this { opens is not closed before line 5; write a }, or indent what is in it'],
  ],
  [
    'a:\n  b: {\n  c: 1\n  }\n',
    ['2:6: the mapping that this { opens is not closed before line 3; write a }, or indent what is in it'],
  ],
  ['name: "web', ['1:7: a quote is not closed; write the closing quote']],
  [
    'a: 1\n  b: 2',
    ['2:3: the indentation does not fit the lines above; line up the keys or items that belong together'],
  ],
  ['a: b: c', ['1:4: a second "key:" follows on the line of a first; write it on a line of its own, or use quotes']],
  ['a\nb: c', ['1:1: this line has no "key:", or is indented wrongly; write key: value, with a space after the colon']],
  [
    '{"a": 1 "b": 2}',
    ['1:7: a comma is missing here, or a "key:" stands where [ or { is still open; separate items with commas'],
  ],
  ['{"a": [1}', ['1:7: the list that this [ opens is not closed; write a ] at its end']],
  ['a: @b', ['1:4: a value cannot begin with this character; put the value in quotes']],
  ['a: "\\q"', ['1:5: this escape is unknown; double the backslash, or use single quotes']],
  ['a: *b', ['1:4 a: nothing above has the anchor &b; correct the name, or put the value in quotes']],
  ['a: & b', ['1:4: an anchor or alias has no proper name; write a name after the & or *, or put the value in quotes']],
  ['a: !secret b', ['1:4: tags are not supported; remove the !, or put the value in quotes']],
  ['a: 1\n---\nb: 2', ['2:1: a second document begins here; keep one config in a file and remove the ---']],
  ['a: ]', ['1:4: this is not expected here; remove it, or put the whole value in quotes']],
  ["a: 'x' y", ['1:8: this is not expected here; remove it, or put the whole value in quotes']],
  ['%FOO\n---\na: 1', ['1:1: this is not YAML (Unknown directive %FOO); correct it, or use quotes']],
  ['a: |9x', ['1:6: this is not expected here; remove it, or put the whole value in quotes']],
  ['}', ['1:1: this is not expected here; remove it, or put the whole value in quotes']],
  [
    '\0',
    [
      '1:1: "\\u0000" is not valid here; write a mapping of workers, engine, scheduling, admin, control, log, inspection, drainTimeout, drainDelay, drainSpread, workerTimeout, workerMemory, listeners, upstreams',
    ],
  ],
  [
    'a: "x\ny"',
    [
      '1:4: a quote is not closed; write the closing quote',
      '2:1: this line has no "key:"; write key: value, with a space after the colon',
    ],
  ],
  ['a: !!binary aGk=', ['1:4: tags are not supported; remove the !, or put the value in quotes']],
  [
    '<<: 1',
    [
      '1:1 ["<<"]: << takes the keys of another mapping; write <<: *name, or a list such as <<: [*one, *other]',
      '1:1 listeners: "listeners" is missing; write a list of listeners, each with name, listen and upstream',
      '1:1 upstreams: "upstreams" is missing; write a list of upstreams, each with name and servers',
    ],
  ],
  [
    '1: a\nnull: b\n: c',
    [
      '1:1 listeners: "listeners" is missing; write a list of listeners, each with name, listen and upstream',
      '1:1 upstreams: "upstreams" is missing; write a list of upstreams, each with name and servers',
      '1:1 1: unknown key "1"; known here: workers, engine, scheduling, admin, control, log, inspection, drainTimeout, drainDelay, drainSpread, workerTimeout, workerMemory, listeners, upstreams',
      '2:1 null: unknown key "null"; known here: workers, engine, scheduling, admin, control, log, inspection, drainTimeout, drainDelay, drainSpread, workerTimeout, workerMemory, listeners, upstreams',
      '3:1 [""]: unknown key ""; known here: workers, engine, scheduling, admin, control, log, inspection, drainTimeout, drainDelay, drainSpread, workerTimeout, workerMemory, listeners, upstreams',
    ],
  ],
  [
    '%YAML 1.1\n---\nadmin: off',
    [
      '3:1 listeners: "listeners" is missing; write a list of listeners, each with name, listen and upstream',
      '3:1 upstreams: "upstreams" is missing; write a list of upstreams, each with name and servers',
    ],
  ],
  ['{? [a] : 1}', ['1:4: a key cannot be a list, a mapping or an alias; write a word']],
  ['a: &a x\n*a : 1', ['2:1: a key cannot be a list, a mapping or an alias; write a word']],
]

describe('texts that are no YAML, or no config', () => {
  it.each(yaml)('%j is refused with the whole sentence', (text, expected) => {
    expect(problemsOf(text)).toEqual(expected.map((problem) => `c.yaml:${problem}`))
  })
})

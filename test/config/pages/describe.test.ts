import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { parseConfig } from '../../../src/config/load.ts'
import { configurationPage, schemaText } from '../../../src/config/pages/describe.ts'
import { FULL_EXAMPLE } from '../../../src/config/pages/example.ts'
import { type JsonSchema, jsonSchema } from '../../../src/config/pages/json-schema.ts'
import { EXAMPLE_CONFIGS } from '../../support/example-configs.ts'
import { good, problemsOf, withListen, withListener, withTop } from '../problems-of.ts'

/** Every key with its path, and its schema. */
const keys = (schema: JsonSchema, path = ''): [string, JsonSchema][] => [
  ...Object.entries(schema.properties ?? {}).flatMap(([key, value]): [string, JsonSchema][] => [
    [`${path}${key}`, value],
    ...keys(value, `${path}${key}.`),
  ]),
  ...(schema.anyOf ?? []).flatMap((member) => keys(member, path)),
  ...(schema.items === undefined ? [] : keys(schema.items, path)),
]

const valuesIn = (value: unknown, path = ''): [string, unknown][] => {
  if (Array.isArray(value)) return value.flatMap((item) => valuesIn(item, path))
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([key, below]) => [
    [path === '' ? key : `${path}.${key}`, below] as [string, unknown],
    ...valuesIn(below, path === '' ? key : `${path}.${key}`),
  ])
}

describe('the description of the config', () => {
  it('describes every key in one sentence', () => {
    for (const [path, { description }] of keys(jsonSchema())) expect(description, path).toMatch(/^[A-Z].*\.$/)
  })

  it('has every key in the page and in the full example, there at its default', () => {
    const example = valuesIn(parse(FULL_EXAMPLE))
    for (const [path, schema] of keys(jsonSchema())) {
      expect(configurationPage()).toContain(`| \`${path.split('.').at(-1)}\` |`)
      const values = example.filter(([at]) => at === path).map(([, value]) => value)
      expect(values, path).not.toEqual([])
      // What is off by default is shown as it may be, with all its keys.
      const isShownInFull = schema.default === 'off' && values.some((value) => typeof value === 'object')
      if (schema.default !== undefined && typeof schema.default !== 'object' && !isShownInFull) {
        expect(values, path).toContain(schema.default)
      }
    }
    expect(parseConfig(FULL_EXAMPLE, 'examples/full.yaml').listeners).toHaveLength(1)
  })

  it('is a JSON Schema of draft 2020-12 that refuses unknown keys everywhere', () => {
    expect(JSON.parse(schemaText())).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' })
    expect(schemaText().match(/"properties"/g)).toHaveLength(
      schemaText().match(/"additionalProperties": false/g)?.length ?? 0,
    )
  })
})

describe('the JSON Schema', () => {
  const schema = z.fromJSONSchema(JSON.parse(schemaText()))
  const accepts = (text: string): boolean => schema.safeParse(parse(text)).success

  it('accepts what the program accepts', () => {
    for (const path of EXAMPLE_CONFIGS) expect(accepts(readFileSync(path, 'utf8')), path).toBe(true)
    expect(accepts(good)).toBe(true)
  })

  it.each([
    withTop('wrokers: 1'),
    withTop('workers: 0'),
    withTop('admin: on'),
    withTop('log: { level: loud }'),
    withTop('log: { access: { sample: 1.5 } }'),
    withTop('log: { access: { anonymize: 24 } }'),
    withTop('log: { access: { anonymize: /32 } }'),
    withTop('drainTimeout: off'),
    withListener('timeouts: { idle: 5 }'),
    withListener('timeouts: { idle: 5S }'),
    withListener('maxConnections: 0'),
    withListen('8080'),
    withListen('localhost'),
    withListen('127.0.0.1:80x'),
    good.replace('name: web', 'name: constructor'),
    'listeners: []\nupstreams: []',
    'workers: 2',
  ])('refuses %j, as the program does', (text) => {
    expect(accepts(text)).toBe(false)
    expect(problemsOf(text)).not.toEqual([])
  })
})

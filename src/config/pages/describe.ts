import { DURATION_EXAMPLES, formatDuration, LONGEST_DURATION_MS } from '../fields/duration.ts'
import { FULL_EXAMPLE } from './example.ts'
import { type JsonSchema, jsonSchema } from './json-schema.ts'

/** docs/config.schema.json, and what `copyloop schema` prints. */
export const schemaText = (): string => `${JSON.stringify(jsonSchema(), null, 2)}\n`

/** docs/configuration.md */
export const configurationPage = (): string => `${INTRODUCTION}
${sections('', jsonSchema())}
## A config with every key

\`\`\`yaml
${FULL_EXAMPLE}\`\`\`
`

const INTRODUCTION = `<!-- Generated from src/config by "npm run docs"; change it there. -->

# Configuration

copyloop reads one file, YAML or JSON. It reports everything that is wrong with it at once, each problem with its line:

\`\`\`console
$ copyloop check -c copyloop.yaml
copyloop.yaml:1:1 wrokers: unknown key "wrokers"; did you mean "workers"?
\`\`\`

The smallest config:

\`\`\`yaml
listeners:
  - { name: web, listen: 127.0.0.1:8080, upstream: app }
upstreams:
  - { name: app, servers: [127.0.0.1:9000] }
\`\`\`

**Precedence.** Command-line flags override the environment, the environment overrides the file, and the file overrides
the defaults. There are two variables: \`COPYLOOP_CONFIG\` names the file if there is no \`-c\`, and
\`COPYLOOP_LOG_LEVEL\` overrides \`log.level\`. An empty variable counts as unset.

**Durations** are a number and a unit without a space, such as ${DURATION_EXAMPLES}; \`1.5s\` is allowed, and the longest is
${formatDuration(LONGEST_DURATION_MS)}. \`off\` means never, where a key allows it.

**Addresses** are \`127.0.0.1:8080\`, \`localhost:8080\`, \`"[::1]:8080"\` (in quotes, because YAML reads brackets as a list),
\`:8080\` (every address of this machine, IPv6 and IPv4) or \`unix:/run/copyloop.sock\` (absolute, at most 107 bytes).
Two listeners cannot share an address. \`:8080\` takes the port on every address of this machine, \`0.0.0.0:8080\` on every
IPv4 address and \`"[::]:8080"\` on every IPv6 address, so the latter two can be used together. In \`listen\`, port 0 takes any free
port. A server needs a host and a port; its host name may have underscores.

**Networks** are an address, such as \`192.0.2.1\`, or CIDR, such as \`10.0.0.0/8\` or \`"2001:db8::/32"\`; host bits are ignored, and
\`::ffff:10.0.0.0/104\` is \`10.0.0.0/8\`. [Operating](operating.md#limits-to-know) has the rules of access lists.

**Rates** are a number per second or minute, such as \`500/s\` or \`100/m\`, or \`{ rate: 500/s, burst: 1000 }\`.

**Names** have 1 to 64 letters, digits, dots, hyphens and underscores.

For completion in an editor, put this line at the top of the file, with the path or URL of
[config.schema.json](config.schema.json): \`# yaml-language-server: $schema=config.schema.json\`; in JSON, the key \`"$schema"\`.

**Anchors and merge keys** of YAML work: \`timeouts: &slow { idle: 1h }\`, then \`timeouts: *slow\` or
\`timeouts: { <<: *slow, stall: 5s }\`. Unknown keys are refused, so define an anchor where its value is first used.

**The environment.** A value may be \`\${NAME}\` as a whole: it is then the value of that variable, read as a number or a
boolean where the key needs one. Between \`[ ]\` and \`{ }\` it needs quotes. An unset or empty variable is an error.
`

/** A table for each mapping: first its own keys, then the mappings below it. */
const sections = (path: string, schema: JsonSchema): string => {
  const properties = Object.entries(schema.properties ?? {})
  const rows = properties.map(([key, value]) => row(key, value, schema.required?.includes(key) ?? false))
  const below = properties.flatMap(([key, value]) =>
    mappingsIn(value, path === '' ? key : `${path}.${key}`).map((mapping) => sections(mapping.path, mapping.schema)),
  )
  const heading = path === '' ? 'The top level' : `\`${path}\``
  return `
## ${heading}

| key | value | default | meaning |
|---|---|---|---|
${rows.join('\n')}
${below.join('')}`
}

const row = (key: string, schema: JsonSchema, required: boolean): string =>
  `| \`${key}\` | ${allowedIn(schema)} | ${defaultOf(schema, required)} | ${schema.description ?? ''} |`

const defaultOf = ({ default: value }: JsonSchema, required: boolean): string => {
  if (value === undefined) return required ? 'required' : 'none'
  return typeof value === 'object' ? 'its defaults' : `\`${value}\``
}

const allowedIn = (schema: JsonSchema): string => {
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(allowedIn))].join(' or ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(', ')
  if (schema.title !== undefined) return schema.title
  if (schema.type === 'array')
    return `list, each item: ${schema.items === undefined ? 'anything' : allowedIn(schema.items)}`
  if (schema.type === 'integer') return `whole number, ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'number') return `number, ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return '`true`, `false`'
  return 'mapping'
}

const mappingsIn = (schema: JsonSchema, path: string): { path: string; schema: JsonSchema }[] => {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((member) => mappingsIn(member, path))
  if (schema.items !== undefined) return mappingsIn(schema.items, `${path}[]`)
  return schema.properties === undefined ? [] : [{ path, schema }]
}

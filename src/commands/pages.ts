import { configurationPage, schemaText } from '../config/describe.ts'
import { FULL_EXAMPLE } from '../config/example.ts'
import { OUTCOMES } from '../proxy/outcome.ts'

/** Every generated file: its path in the repository, and what stands in it. */
export const pages = (): ReadonlyMap<string, string> =>
  new Map([
    ['docs/configuration.md', configurationPage()],
    ['docs/config.schema.json', schemaText()],
    ['docs/outcomes.md', outcomesPage()],
    ['examples/full.yaml', FULL_EXAMPLE],
  ])

const outcomesPage = (): string => `<!-- Generated from src/proxy/outcome.ts by "npm run docs"; change it there. -->

# Outcomes

Every connection ends with exactly one outcome. It is the field \`outcome\` of the access log, the label of the metrics
and the key under \`outcomes\` in \`/stats\`. Beside it stand the termination state that HAProxy would log (a small letter
is a timeout of that side, \`-\` means that it has none for this) and the response flags of Envoy.

| outcome | what it says | HAProxy | Envoy |
|---|---|---|---|
${Object.entries(OUTCOMES)
  .map(([outcome, { says, haproxy, envoy }]) => `| \`${outcome}\` | ${says} | \`${haproxy}\` | \`${envoy}\` |`)
  .join('\n')}
`

import { parseConfig } from '../../src/config/load.ts'
import { ConfigError, formatProblem } from '../../src/config/problems/problem.ts'

/** What is said about a config text, a line each; empty if it is fine. Anything but a ConfigError goes through. */
export const problemsOf = (text: string): string[] => {
  try {
    parseConfig(text, 'c.yaml')
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(formatProblem)
    throw error
  }
}

/** A config that is right, but for the lines put into it. */
export const withListener = (line: string): string => `listeners:
  - name: web
    listen: 127.0.0.1:8080
    upstream: app
    ${line}
upstreams:
  - name: app
    servers: [127.0.0.1:9000]
`

export const withTop = (lines: string): string => `${withListener('maxConnections: 5')}${lines}\n`

export const withListen = (listen: string): string =>
  withListener('maxConnections: 5').replace('listen: 127.0.0.1:8080', `listen: ${listen}`)

export const withServers = (servers: string): string =>
  withListener('maxConnections: 5').replace('servers: [127.0.0.1:9000]', `servers: ${servers}`)

/** A config that is right. */
export const good = withListener('maxConnections: 5')

/** Formats log lines for people at a terminal: one line each, except for the stack of a defect. */

type Fields = Record<string, unknown>

const LEVELS: Readonly<Record<number, readonly [name: string, colour: number]>> = {
  10: ['TRACE', 90],
  20: ['DEBUG', 90],
  30: ['INFO', 32],
  40: ['WARN', 33],
  50: ['ERROR', 31],
  60: ['FATAL', 31],
}
const DIM = 2
const ESCAPE = '\u001b['

type Paint = (colour: number, text: string) => string

/** Returns a function that formats a line of JSON with its line end. Any other line stays as it is. */
export const terminalLine = ({ colours }: { colours: boolean }): ((line: string) => string) => {
  const paint: Paint = (colour, text) => (colours ? `${ESCAPE}${colour}m${text}${ESCAPE}0m` : text)
  return (line) => {
    const fields = fieldsOf(line)
    return fields ? format(fields, paint) : line
  }
}

const fieldsOf = (line: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

const format = (fields: Fields, paint: Paint): string => {
  const { level, time, msg, ...rest } = fields
  const [name, colour] = LEVELS[Number(level)] ?? ['', 0]
  const begin = `${paint(DIM, clockTime(time))} ${paint(colour, name.padEnd(5))}`
  if (msg === 'connection' && 'outcome' in rest) return `${begin} ${connection(rest, paint)}\n`
  const { err, ...others } = rest
  return `${begin} ${safe(String(msg ?? ''))}${named(others, paint)}${err === undefined ? '' : defect(err)}\n`
}

/** In the local time zone. */
const clockTime = (time: unknown): string => {
  const date = new Date(String(time))
  if (Number.isNaN(date.getTime())) return ''
  const two = (value: number): string => String(value).padStart(2, '0')
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`
}

/** `web 127.0.0.1:4711 → 127.0.0.1:9000 completed by client, 12 ms, 5 B up, 2.1 kB down`, and less common fields. */
const connection = (fields: Fields, paint: Paint): string => {
  const { listener, client, server, outcome, endedBy, durationMs, bytesToUpstream, bytesToClient, ...rest } = fields
  const { error, verdict, protocol, serverName } = rest
  const end = paint(outcome === 'completed' ? 32 : 33, value(outcome))
  const to = server === undefined ? '' : ` → ${value(server)}`
  const amounts = `${value(durationMs)} ms, ${amount(bytesToUpstream)} up, ${amount(bytesToClient)} down`
  const extra = named({ protocol, serverName, verdict, error }, paint)
  return `${value(listener)} ${value(client)}${to} ${end} by ${value(endedBy)}, ${amounts}${extra} ${paint(DIM, value(rest.connectionId))}`
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

const amount = (bytes: unknown): string => {
  let size = Number(bytes)
  let unit = 0
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`
}

const named = (fields: Fields, paint: Paint): string =>
  Object.entries(fields)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => ` ${paint(DIM, `${safe(name)}=`)}${value(field)}`)
    .join('')

/** A plain word as it is, anything else as JSON. */
const value = (field: unknown): string => {
  if (typeof field === 'string') return /^[\w.:/@[\]+-]+$/.test(field) ? field : safe(JSON.stringify(field))
  return safe(JSON.stringify(field) ?? '')
}

/** pino's form of an error. Only its stack takes several lines. */
const defect = (err: unknown): string => {
  const { stack, message } = (err ?? {}) as Fields
  const text = typeof stack === 'string' ? stack : String(message ?? value(err))
  return text
    .split('\n')
    .map((line) => `\n    ${safe(line)}`)
    .join('')
}

/** Bytes from clients and servers must not control the terminal: escapes control characters (ECMA-48) and bidirectional marks. */
const safe = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (mark) => `\\u${mark.codePointAt(0)?.toString(16).padStart(4, '0')}`)

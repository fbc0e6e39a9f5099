/** RFC 6335 keeps them for old services that nobody runs; no program is ever given one for a connection of its own. */
const NOBODY_LISTENS_ON = [1, 2, 3, 4, 5, 6] as const

let used = 0

/** `127.0.0.1` and a port where a connect is refused, another one each time. */
export const refusingAddress = (): string => `127.0.0.1:${NOBODY_LISTENS_ON[used++ % NOBODY_LISTENS_ON.length]}`

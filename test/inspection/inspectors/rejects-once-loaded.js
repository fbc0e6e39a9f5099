/** Loads, and rejects a moment later: each of its threads ends without having seen a connection. */
import { defineInspector, pass } from 'copyloop'

setTimeout(() => Promise.reject(new Error('rejected once it was loaded')), 20)

export default defineInspector({ name: 'rejects-once-loaded', chunk: () => pass })

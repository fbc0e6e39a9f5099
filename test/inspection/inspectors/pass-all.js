import { defineInspector, pass } from 'copyloop'

export default defineInspector({ name: 'pass-all', chunk: () => pass })

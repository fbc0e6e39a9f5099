import { defineInspector, detach } from 'copyloop'

export default defineInspector({ name: 'detach-first', chunk: () => detach('connection') })

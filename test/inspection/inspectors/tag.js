/** Puts its tag before each chunk: shows who has seen what, in which order. */
import { defineInspector, replace } from 'copyloop'
import { z } from 'zod'

export default defineInspector({
  name: 'tag',
  options: z.strictObject({ tag: z.string() }),
  open: (_, options) => options,
  chunk: ({ tag }, bytes) => replace(Buffer.concat([Buffer.from(tag), bytes])),
})

import type { Context } from 'hono'
import type { z } from 'zod'

const LARGEST_BODY_BYTES = 64 * 1024

/**
 * The body as JSON of this schema, or the answer to what is wrong with it.
 *
 * @param write what the sender should send instead
 */
export const readJson = async <Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
  write: string,
): Promise<{ readonly body: z.output<Schema> } | { readonly refusal: Response }> => {
  const text = await readBody(context)
  if (text === undefined) {
    return { refusal: context.json({ error: `the body is larger than ${LARGEST_BODY_BYTES} bytes` }, 413) }
  }
  const read = schema.safeParse(parse(text))
  return read.success ? { body: read.data } : { refusal: context.json({ error: `send ${write} as JSON` }, 400) }
}

/** Undefined if it is too large. Reads no more than is allowed, also if the request does not give its length. */
const readBody = async (context: Context): Promise<string | undefined> => {
  if (Number(context.req.header('content-length') ?? 0) > LARGEST_BODY_BYTES) return undefined
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of context.req.raw.body ?? []) {
    size += piece.length
    if (size > LARGEST_BODY_BYTES) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

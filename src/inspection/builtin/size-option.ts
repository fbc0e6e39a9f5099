import { z } from 'zod'
import { parseSize, SIZE_EXAMPLES } from '../../config/fields/size.ts'
import { Unreadable } from '../../config/problems/unreadable.ts'

/** An option that is a size: bytes, at least one. */
export const sizeOption = () =>
  z.string({ error: `write a size such as ${SIZE_EXAMPLES}` }).transform((text, context): number => {
    try {
      const bytes = parseSize(text)
      if (bytes >= 1) return bytes
      throw new Unreadable('this is too little; write at least 1B')
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      context.issues.push({ code: 'custom', message: error.message, input: text })
      return z.NEVER
    }
  })

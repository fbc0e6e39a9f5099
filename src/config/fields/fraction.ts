import { z } from 'zod'
import { write } from './fields.ts'

/** A number from 0 to 1. */
export const fraction = () => {
  const error = write('a number from 0 to 1, such as 0.1')
  return z.number({ error }).min(0, { error }).max(1, { error })
}

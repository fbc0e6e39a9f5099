import { openSync } from 'node:fs'
import { Descriptor } from '../../system/descriptor.ts'

/** A descriptor to give up when all are in use; undefined if they are already. */
export const openReserve = (): Descriptor | undefined => {
  try {
    return new Descriptor(openSync('/dev/null', 'r'))
  } catch {
    return undefined
  }
}

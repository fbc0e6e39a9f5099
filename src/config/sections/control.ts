/** The section of the config about the control socket. */
import { z } from 'zod'
import { type Address, parseAddress } from '../fields/address.ts'
import * as field from '../fields/fields.ts'
import { show } from '../problems/show.ts'
import { Unreadable } from '../problems/unreadable.ts'

export type ControlAddress = Extract<Address, { kind: 'unix' }>

const ADDRESS = 'a unix socket such as unix:/run/copyloop.ctl'

/** Descriptors pass through it, so it can be nothing but a unix socket. @throws {Unreadable} */
export const parseControlAddress = (text: string): ControlAddress => {
  const address = parseAddress(text)
  if (address.kind === 'unix') return address
  throw new Unreadable(`${show(text)} is no unix socket; write ${ADDRESS}`)
}

export const controlSection = field
  .either([z.literal('off'), field.address(parseControlAddress, ADDRESS, 'listen')], `off, or ${ADDRESS}`)
  .prefault('off')
  .describe(
    'The unix socket on which a newer copyloop may take over from this one, or `off`; its file is only for the user of the ' +
      'process. See docs/take-over.md.',
  )

import type { Kill } from '../../../ipc/questions.ts'

/** The body of the answer to a kill. */
export interface Killed {
  readonly connectionId: string
  readonly how: Kill
}

export const killedText = ({ connectionId, how }: Killed): string =>
  `connection ${connectionId} was ended with a ${how === 'fin' ? 'FIN' : 'RST'} to both sides`

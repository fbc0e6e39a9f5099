import { type Admin, errorIn } from '../admin/admin.ts'
import { reaching } from '../admin/reaching.ts'
import type { ServerRow } from '../model/server-rows.ts'
import { isByHand } from '../model/server-states.ts'
import { serverPath } from '../text/paths.ts'
import { plural } from '../text/units.ts'
import { askToChoose } from './choice-dialog.ts'

const CHOICES = [
  { value: 'ready', title: 'ready', says: 'Its checks and dials decide again.' },
  { value: 'drain', title: 'drain', says: 'No new connections; those that it has go on.' },
  { value: 'down', title: 'down', says: 'No new connections; those that it has follow onServerDown of the upstream.' },
]

/** Sets a server by hand, once that is confirmed. */
export const setServer = (admin: Admin, { upstream, server, state, stateReason, connectionsActive }: ServerRow): void =>
  askToChoose({
    title: `Set ${server} by hand`,
    about: [`Server of ${upstream}, ${state}: ${stateReason}. It has ${plural(connectionsActive, 'connection')}.`],
    choices: CHOICES,
    chosen: isByHand(state) ? 'ready' : 'drain',
    does: 'Set',
    act: (value) =>
      reaching(async () => {
        const answer = await admin.ask('PUT', serverPath(upstream, server), { state: value })
        return answer.status === 200 ? undefined : errorIn(answer)
      }),
  })

import { type Admin, errorIn } from '../admin/admin.ts'
import { reaching } from '../admin/reaching.ts'
import { askToChoose } from '../dialogs/choice-dialog.ts'
import type { Connection } from '../model/connections.ts'
import { killPath } from '../text/paths.ts'
import { bytesText, durationText } from '../text/units.ts'

const CHOICES = [
  { value: 'rst', title: 'Reset', says: 'Both sides see at once that it was cut short.' },
  { value: 'fin', title: 'FIN', says: 'Both sides see an end that may look complete.' },
]

/** Ends a connection, once that is confirmed. */
export const killConnection = (admin: Admin, connection: Connection, onKilled: () => void): void => {
  const { connectionId, client, server, listener, ageMs, bytesToClient, bytesToUpstream } = connection
  askToChoose({
    title: 'Kill this connection?',
    about: [
      `From ${client} to ${server ?? 'no server yet'}, by listener ${listener}.`,
      `It is ${durationText(ageMs)} old and has relayed ${bytesText(bytesToClient + bytesToUpstream)}. ID ${connectionId}.`,
    ],
    choices: CHOICES,
    chosen: 'rst',
    does: 'Kill',
    isDanger: true,
    act: (how) =>
      reaching(async () => {
        const answer = await admin.ask('DELETE', killPath(connectionId, how))
        if (answer.status !== 200) return errorIn(answer)
        onKilled()
        return undefined
      }),
  })
}

import { type Admin, errorIn } from '../admin/admin.ts'
import { reaching } from '../admin/reaching.ts'
import { button, openDialog } from '../dialogs/dialog.ts'
import { type Fact, factsOf } from '../model/connection-facts.ts'
import type { ConnectionStory, StoryEvent } from '../model/connections.ts'
import { connectionPath } from '../text/paths.ts'
import { durationText } from '../text/units.ts'
import { element, setText } from '../view/element.ts'
import { KeyedList, type View } from '../view/keyed-list.ts'
import { killConnection } from './kill.ts'

const EVERY_MS = 1_000

/** Shows the story of a connection in a panel at the side, kept current while it lives. */
export const explain = (admin: Admin, id: string): void => {
  const trouble = element('p', { class: 'trouble', role: 'alert' })
  const facts = element('dl', { class: 'facts' })
  const factList = new KeyedList(facts, ({ name }) => name, factView)
  const story = element('ol', { class: 'story' })
  const eventList = new KeyedList(story, ({ atMs, text }) => `${atMs} ${text}`, eventView)
  const decided = element('p', { class: 'decided' })
  const close = button('Close', 'plain', () => dialog.close())
  const kill = button('Kill…', 'danger', () => shown && killConnection(admin, shown, () => void show()))
  kill.hidden = true
  const dialog = openDialog(
    'panel',
    `Connection ${id}`,
    trouble,
    facts,
    element('h3', {}, 'Story'),
    story,
    decided,
    element('div', { class: 'buttons' }, kill, close),
  )
  let shown: ConnectionStory | undefined

  const show = async (): Promise<void> => {
    const wrong = await reaching(async () => {
      const answer = await admin.ask('GET', connectionPath(id))
      if (answer.status === 404) clearInterval(timer)
      if (answer.status !== 200) return errorIn(answer)
      shown = answer.body as ConnectionStory
      factList.show(factsOf(shown))
      eventList.show(shown.story)
      setText(decided, decisionIn(shown))
      kill.hidden = !shown.living
      if (!shown.living) clearInterval(timer)
      return undefined
    })
    setText(trouble, wrong ?? '')
  }
  const timer = setInterval(() => void show(), EVERY_MS)
  dialog.addEventListener('close', () => clearInterval(timer))
  void show()
}

const factView = ({ name }: Fact): View<Fact> => {
  const value = element('dd')
  return {
    root: element('div', {}, element('dt', {}, name), value),
    show: (fact) => setText(value, fact.value),
  }
}

const eventView = ({ atMs, what, text }: StoryEvent): View<StoryEvent> => ({
  root: element(
    'li',
    { 'data-what': what },
    element('span', { class: 'at' }, `+${durationText(atMs)}`),
    element('span', { class: 'text' }, text),
  ),
  show: () => {},
})

const decisionIn = (connection: ConnectionStory): string =>
  connection.living || connection.decidedBy === undefined
    ? ''
    : `Decided by ${connection.decidedBy} of the config. ${connection.advice ?? ''}`

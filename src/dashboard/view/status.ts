import { type Concern, concernsOf } from '../model/condition.ts'
import type { Stats } from '../model/stats.ts'
import { durationText } from '../text/units.ts'
import { byId, element, readable, setText } from './element.ts'
import { KeyedList } from './keyed-list.ts'

/** Of many servers that are down the first are named; the table has all. */
const MOST_DETAILS = 3

const lineView = (line: string) => ({ root: element('li', {}, line), show: () => {} })
const lineList = (parent: HTMLElement) => new KeyedList<string>(parent, (line) => line, lineView)

/** The top of the page: in one sentence how it goes, then what is behind that, and whether this is live. */
export class Status {
  readonly #root = byId('status')
  readonly #headline = byId('headline')
  readonly #details = lineList(byId('details'))
  readonly #others = lineList(byId('others'))
  readonly #facts = byId('facts')
  readonly #icon = byId('icon') as HTMLLinkElement
  #lastSeen = ''

  show(stats: Stats, linesLostLately: number): void {
    const [worst, ...others] = concernsOf(stats, linesLostLately)
    this.#say(worst, others)
    const { version, uptimeSeconds, engine } = stats
    setText(
      this.#facts,
      [version, `up ${durationText(uptimeSeconds * 1000)}`, engine ?? 'no engine yet', 'live'].join(' · '),
    )
    this.#lastSeen = new Date().toLocaleTimeString('en-GB')
  }

  /** What is shown is of the past. */
  showLost(reason: string): void {
    const since = this.#lastSeen === '' ? [] : [`everything below is as of ${this.#lastSeen}`]
    const headline = this.#lastSeen === '' ? 'copyloop cannot be reached' : 'The connection to copyloop is lost'
    this.#say({ severity: 'lost', headline, details: [`${reason}; trying again every second`, ...since] }, [])
    setText(this.#facts, 'not live')
  }

  #say({ severity, headline, details }: Shown, others: readonly Concern[]): void {
    this.#root.dataset.severity = severity
    document.body.dataset.severity = severity
    setText(this.#headline, headline)
    const left = details.length - MOST_DETAILS
    this.#details.show(left > 0 ? [...details.slice(0, MOST_DETAILS), `and ${left} more`] : details)
    this.#others.show(others.map((concern) => concern.headline))
    const isTrouble = ['trouble', 'outage', 'lost'].includes(severity)
    const title = severity === 'fine' ? 'copyloop' : `${readable(headline)} – copyloop`
    if (document.title !== title) document.title = title
    const icon = isTrouble ? '/assets/icon-trouble.svg' : '/assets/icon.svg'
    if (this.#icon.getAttribute('href') !== icon) this.#icon.href = icon
  }
}

interface Shown extends Omit<Concern, 'severity'> {
  readonly severity: Concern['severity'] | 'lost'
}

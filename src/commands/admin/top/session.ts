import { nowMs } from '../../../clock.ts'
import { type AdminClient, CommandFailed } from '../admin-client.ts'
import type { LiveScreen, Viewer } from './live-screen.ts'
import { answered, unanswered } from './state/answers.ts'
import { type Ask, asksOf, isAsked } from './state/asks.ts'
import { press } from './state/press.ts'
import { initialState, type Size, type TopState } from './state/state.ts'
import { screenLines } from './view/screen.ts'

/** Also how often the screen is drawn when no answer comes. */
const ASK_EVERY_MS = 1_000

/** One run of `copyloop top`: asks the admin, one question at a time, and shows what it knows. */
export class Session implements Viewer {
  readonly #client: AdminClient
  readonly #screen: LiveScreen
  #state: TopState
  #isOver = false
  readonly #over: Promise<void>
  #end: () => void = () => {}
  /** A key has changed what is asked. */
  #isDue = false
  #endPause: () => void = () => {}

  constructor(client: AdminClient, screen: LiveScreen) {
    this.#client = client
    this.#screen = screen
    this.#state = initialState(screen.size, nowMs())
    this.#over = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /**
   * Resolves when its user quits, or the terminal is gone.
   *
   * @throws {CommandFailed} if the first questions are not answered: then there is nothing to show
   */
  async run(): Promise<void> {
    await this.#askAll()
    const { failure } = this.#state
    if (failure !== undefined) throw new CommandFailed(failure)
    const ticking = setInterval(() => this.#change({ ...this.#state, nowMs: nowMs() }), ASK_EVERY_MS)
    try {
      this.#screen.open(this)
      this.#change(this.#state)
      // The last question may still be on its way at the end.
      await Promise.race([this.#over, this.#askOn()])
    } finally {
      this.#isOver = true
      clearInterval(ticking)
      this.#screen.close()
    }
  }

  key(key: string): void {
    const next = press(this.#state, key)
    if (next === 'quit') return this.#end()
    const before = asksOf(this.#state)
    this.#change(next)
    if (asksOf(next).some((ask, at) => ask.path !== before[at]?.path)) this.#askNow()
  }

  resized(size: Size): void {
    this.#change({ ...this.#state, size })
  }

  gone(): void {
    this.#end()
  }

  #change(state: TopState): void {
    this.#state = state
    this.#screen.show(screenLines(state))
  }

  async #askOn(): Promise<void> {
    while (!this.#isOver) {
      await this.#pause()
      await this.#askAll()
    }
  }

  /** One question after the other. Where one is not answered, the others would not be either. */
  async #askAll(): Promise<void> {
    this.#isDue = false
    for (const ask of asksOf(this.#state)) {
      if (!isAsked(this.#state, ask)) continue
      const state = await this.#ask(ask)
      this.#change(state)
      if (state.failure !== undefined) return
    }
  }

  async #ask(ask: Ask): Promise<TopState> {
    try {
      const answer = await this.#client.ask(ask.method, ask.path)
      return answered(this.#state, ask, answer, nowMs())
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error
      return unanswered(this.#state, ask, error.message)
    }
  }

  #askNow(): void {
    this.#isDue = true
    this.#endPause()
  }

  #pause(): Promise<void> {
    if (this.#isDue) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ASK_EVERY_MS)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

import { type ConnectionQuery, LIMITS, SORTS, type Sort } from '../model/connections.ts'
import type { Stats } from '../model/stats.ts'
import { element } from '../view/element.ts'

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  age: 'oldest first',
  idle: 'longest idle first',
  bytes: 'most bytes first',
  rate: 'fastest first',
}

/** Asks for the story of any connection that is known, living or ended. */
export const idField = (onId: (id: string) => void): HTMLElement => {
  const input = element('input', { id: 'connection-id', type: 'text', autocomplete: 'off', spellcheck: 'false' })
  const form = element(
    'form',
    { class: 'by-id' },
    element('label', { for: input.id, class: 'field' }, 'Explain by ID, also one that has ended'),
    input,
    element('button', { type: 'submit' }, 'Explain'),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (input.value.trim() !== '') onId(input.value.trim())
  })
  return form
}

/** The controls above the table of connections. */
export class Filters {
  readonly root: HTMLElement
  readonly #listener = element('select', { id: 'filter-listener' })
  readonly #server = element('select', { id: 'filter-server' })
  readonly #client = element('input', {
    id: 'filter-client',
    type: 'text',
    placeholder: '10.0.0.0/8',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  readonly #sort = element('select', { id: 'filter-sort' })
  readonly #limit = element('select', { id: 'filter-limit' })

  /** @param onChange somebody wants to see others */
  constructor(onChange: () => void) {
    this.#sort.append(...SORTS.map((sort) => element('option', { value: sort }, SORT_WORDS[sort])))
    this.#limit.append(...LIMITS.map((limit) => element('option', { value: String(limit) }, String(limit))))
    const fields = [
      { title: 'Listener', control: this.#listener },
      { title: 'Server', control: this.#server },
      { title: 'Client network', control: this.#client },
      { title: 'Order', control: this.#sort },
      { title: 'At most', control: this.#limit },
    ]
    this.root = element(
      'form',
      { class: 'filters', role: 'search', 'aria-label': 'Filter connections' },
      ...fields.map(({ title, control }) =>
        element('div', {}, element('label', { for: control.id, class: 'field' }, title), control),
      ),
    )
    this.root.addEventListener('submit', (event) => event.preventDefault())
    this.root.addEventListener('change', onChange)
  }

  get query(): ConnectionQuery {
    return {
      listener: this.#listener.value,
      server: this.#server.value,
      client: this.#client.value,
      sort: SORTS.find((sort) => sort === this.#sort.value) ?? 'age',
      limit: Number(this.#limit.value),
    }
  }

  /** Offers the listeners and servers that there are. */
  offer({ listeners, upstreams }: Stats): void {
    const servers = new Set(Object.values(upstreams).flatMap((upstream) => Object.keys(upstream.servers)))
    offerIn(this.#listener, Object.keys(listeners))
    offerIn(this.#server, [...servers])
  }

  /** Shows the connections of one server only. */
  chooseServer(server: string): void {
    this.#server.value = server
    this.#listener.value = ''
    this.#client.value = ''
  }
}

/** Leaves the select alone while nothing has changed: it may be open. */
const offerIn = (select: HTMLSelectElement, names: readonly string[]): void => {
  const offered = ['', ...names]
  if (offered.join('\n') === [...select.options].map(({ value }) => value).join('\n')) return
  const chosen = select.value
  select.replaceChildren(...offered.map((name) => element('option', { value: name }, name === '' ? 'all' : name)))
  select.value = offered.includes(chosen) ? chosen : ''
}

/** An element that shows a value, and a later one in its place. */
export interface View<Value> {
  readonly root: HTMLElement
  show(value: Value): void
}

/**
 * Children of an element, one for each value. A value that stays keeps its element, and with it focus, selection and what
 * is open in it.
 */
export class KeyedList<Value> {
  readonly #parent: HTMLElement
  readonly #keyOf: (value: Value) => string
  readonly #make: (value: Value) => View<Value>
  #views = new Map<string, View<Value>>()

  constructor(parent: HTMLElement, keyOf: (value: Value) => string, make: (value: Value) => View<Value>) {
    this.#parent = parent
    this.#keyOf = keyOf
    this.#make = make
  }

  show(values: readonly Value[]): void {
    const before = this.#views
    this.#views = new Map()
    for (const value of values) {
      const key = this.#keyOf(value)
      const view = before.get(key) ?? this.#make(value)
      view.show(value)
      this.#views.set(key, view)
    }
    for (const [key, { root }] of before) if (!this.#views.has(key)) root.remove()
    const focused = document.activeElement
    let place = this.#parent.firstElementChild
    for (const { root } of this.#views.values()) {
      if (root === place) place = place.nextElementSibling
      else this.#parent.insertBefore(root, place)
    }
    // An element that moves loses its focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus({ preventScroll: true })
  }
}

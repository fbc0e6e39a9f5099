/** The only way in which this page makes elements. Whatever comes from outside becomes text, never markup. */

export type Child = Node | string

/** Attributes that may be given; none of them is code or a style. */
interface Attributes {
  readonly class?: string
  readonly id?: string
  readonly role?: string
  readonly title?: string
  readonly type?: string
  readonly name?: string
  readonly value?: string
  readonly for?: string
  readonly href?: string
  readonly scope?: string
  readonly placeholder?: string
  readonly autocomplete?: string
  readonly spellcheck?: string
  readonly tabindex?: string
  readonly checked?: ''
  readonly required?: ''
  readonly [data: `data-${string}` | `aria-${string}`]: string
}

export const element = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] => {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** The element of index.html with this id. */
export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no element ${id}`)
  return found
}

/** Most texts stay as they are from second to second: then nothing is laid out anew, and a selection stays. */
export const setText = (node: Node, text: string): void => {
  if (node.textContent !== text) node.textContent = text
}

/** The same for an attribute; undefined removes it. */
export const setAttribute = (
  to: Element,
  name: `data-${string}` | `aria-${string}` | 'title',
  value: string | undefined,
): void => {
  if (value === undefined) to.removeAttribute(name)
  else if (to.getAttribute(name) !== value) to.setAttribute(name, value)
}

/** What does not happen is set back, so that the rest is seen. */
export const markZero = (element: Element, text: string): void =>
  setAttribute(element, 'data-zero', /^0(?![.\d])/.test(text) ? '' : undefined)

/**
 * The only way in which this page makes elements. Whatever comes from outside becomes text, never markup, and none of its
 * characters can change how the text beside it looks.
 */
import { printable } from '../text/printable.ts'

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
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, isRead(name) ? readable(value) : value)
  made.append(...children.map((child) => (typeof child === 'string' ? readable(child) : child)))
  return made
}

/** The element of index.html with this id. */
export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no element ${id}`)
  return found
}

/** As it may be shown; the page shows breaks of lines as spaces. */
export const readable = (text: string): string => printable(text.replace(/[\t\n\r]/g, ' '))

/** Whether people read the attribute or hear it. Others are for the page itself. */
const isRead = (name: string): boolean => name === 'title' || name.startsWith('aria-')

/** Most texts stay as they are from second to second: then nothing is laid out anew, and a selection stays. */
export const setText = (node: Node, text: string): void => {
  const shown = readable(text)
  if (node.textContent !== shown) node.textContent = shown
}

/** The same for an attribute; undefined removes it. */
export const setAttribute = (
  to: Element,
  name: `data-${string}` | `aria-${string}` | 'title',
  value: string | undefined,
): void => {
  if (value === undefined) return to.removeAttribute(name)
  const shown = isRead(name) ? readable(value) : value
  if (to.getAttribute(name) !== shown) to.setAttribute(name, shown)
}

/** What does not happen is set back, so that the rest is seen. */
export const markZero = (element: Element, text: string): void =>
  setAttribute(element, 'data-zero', /^0(?![.\d])/.test(text) ? '' : undefined)

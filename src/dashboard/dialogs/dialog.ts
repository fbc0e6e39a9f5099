import { type Child, element } from '../view/element.ts'

let opened = 0

/** Opens a dialog over the page, which takes the focus until it is closed. Escape closes it. */
export const openDialog = (kind: 'box' | 'panel', title: string, ...children: readonly Child[]): HTMLDialogElement => {
  opened += 1
  const id = `dialog-${opened}`
  const heading = element('h2', { id }, title)
  const dialog = element('dialog', { class: kind, 'aria-labelledby': id }, heading, ...children)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}

export const button = (text: string, look: 'plain' | 'strong' | 'danger', onClick: () => void): HTMLButtonElement => {
  const made = element('button', { type: 'button', class: look }, text)
  made.addEventListener('click', onClick)
  return made
}

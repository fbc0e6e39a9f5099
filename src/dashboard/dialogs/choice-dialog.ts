import { element, setText } from '../view/element.ts'
import { openDialog } from './dialog.ts'

interface Choice {
  readonly value: string
  readonly title: string
  /** What it does. */
  readonly says: string
}

interface ChoiceParts {
  readonly title: string
  /** What it is about, a line each. */
  readonly about: readonly string[]
  readonly choices: readonly Choice[]
  readonly chosen: string
  /** What the button is called that does it. */
  readonly does: string
  readonly isDanger?: true
  /** Does what was chosen. Returns what went wrong. */
  act(value: string): Promise<string | undefined>
}

/** Asks which of several things to do, and does it once that is confirmed. */
export const askToChoose = ({ title, about, choices, chosen, does, isDanger, act }: ChoiceParts): void => {
  const trouble = element('p', { class: 'trouble', role: 'alert' })
  const options = choices.map(({ value, title: name, says }) =>
    element(
      'label',
      { class: 'choice' },
      element('input', { type: 'radio', name: 'choice', value, ...(value === chosen && { checked: '' }) }),
      element('span', {}, element('strong', {}, name), ' ', says),
    ),
  )
  const confirm = element('button', { type: 'submit', class: isDanger ? 'danger' : 'strong' }, does)
  const cancel = element('button', { type: 'button', class: 'plain' }, 'Cancel')
  const form = element(
    'form',
    {},
    ...about.map((line) => element('p', {}, line)),
    element('fieldset', {}, element('legend', { class: 'unseen' }, title), ...options),
    trouble,
    element('div', { class: 'buttons' }, cancel, confirm),
  )
  const dialog = openDialog('box', title, form)
  cancel.addEventListener('click', () => dialog.close())
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    confirm.disabled = true
    const wrong = await act(String(new FormData(form).get('choice')))
    confirm.disabled = false
    if (wrong === undefined) dialog.close()
    else setText(trouble, wrong)
  })
}

import { element } from '../view/element.ts'
import { openDialog } from './dialog.ts'

/** Asks for the token of the admin until there is one. Nothing keeps it but the page that asked. */
export const askForToken = (wrong: string): Promise<string> => {
  const input = element('input', {
    type: 'password',
    id: 'token',
    name: 'token',
    required: '',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  const form = element(
    'form',
    {},
    element(
      'p',
      {},
      'This copyloop has an admin token: the content of the file that ',
      element('code', {}, 'admin.tokenFile'),
      ' names.',
    ),
    element('label', { for: 'token', class: 'field' }, 'Token'),
    input,
    element('p', { class: 'trouble', role: 'alert' }, wrong),
    element('p', { class: 'aside' }, 'It is kept in this page only, until the page is closed or loaded again.'),
    element('div', { class: 'buttons' }, element('button', { type: 'submit', class: 'strong' }, 'Show the dashboard')),
  )
  const dialog = openDialog('box', 'Token needed', form)
  // There is nothing behind it.
  dialog.addEventListener('cancel', (event) => event.preventDefault())
  return new Promise((resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const token = input.value.trim()
      if (token === '') return
      dialog.close()
      resolve(token)
    })
  })
}

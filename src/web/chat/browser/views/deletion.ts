/** The form that deletes the account, and its result on the login. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../api.ts'
import { deleteAccount } from '../deletion.ts'
import { formView } from './parts.ts'

const name = 'deletion'

export function deletionView(context: Context): TemplateResult {
  return html`<p>You are logged out everywhere, and get no more messages. Others keep what you sent them, from a deleted
    user. For 30 days, a link in an e-mail restores the account; then your data are erased.</p>
    ${formView(context.store, {
      name,
      button: 'Delete account',
      fields: [
        {
          name: 'currentPassword',
          label: 'Your password',
          type: 'password',
          autocomplete: 'current-password',
        },
      ],
      run: (values) => deleteAccount(context, values),
    })}`
}

export function deletedView({ store }: Context): TemplateResult | typeof nothing {
  const { form } = store.get()
  return form?.name === name && form.done ? html`<p role="status">${form.done}</p>` : nothing
}

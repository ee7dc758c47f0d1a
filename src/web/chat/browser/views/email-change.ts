/** The form for another e-mail address. */

import type { TemplateResult } from 'lit-html'
import type { Context } from '../api.ts'
import { changeEmail } from '../email-change.ts'
import { formView } from './parts.ts'

export function emailChangeView(context: Context): TemplateResult {
  return formView(context.store, {
    name: 'email',
    button: 'Change address',
    fields: [
      { name: 'newEmail', label: 'New e-mail address', type: 'email', autocomplete: 'email' },
      {
        name: 'currentPassword',
        label: 'Your password',
        type: 'password',
        autocomplete: 'current-password',
      },
    ],
    run: (values) => changeEmail(context, values),
  })
}

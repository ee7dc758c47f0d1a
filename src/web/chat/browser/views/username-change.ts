/** The form for another username. */

import type { TemplateResult } from 'lit-html'
import type { Context } from '../api.ts'
import { changeUsername } from '../username-change.ts'
import { formView } from './parts.ts'

export function usernameChangeView(context: Context): TemplateResult {
  return formView(context.store, {
    name: 'username',
    button: 'Change username',
    fields: [{ name: 'username', label: 'New username', hint: 'At most once a day.' }],
    run: (values) => changeUsername(context, values),
  })
}

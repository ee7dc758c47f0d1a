/** The form for the token of the port, which appears when the port answers 401. */

import { html, type TemplateResult } from 'lit-html'
import { operator } from '../api.ts'
import type { Context } from '../context.ts'
import { headingView } from './parts.ts'

export function tokenView({ store, readAgain }: Context): TemplateResult {
  const isRefused = store.get().token === 'refused'
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const token = new FormData(event.currentTarget as HTMLFormElement).get('token')
    operator.keepToken(String(token).trim())
    readAgain()
  }
  return html`<main id="main" class="entering">${headingView('Epistle console')}
    <p>Enter the token of the admin port. This tab keeps it until you close the tab.</p>
    <form @submit=${submit}>
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="off" required autofocus
        aria-invalid=${isRefused} aria-describedby="token-error">
      <p id="token-error" class="error" role="alert">${isRefused ? 'The port does not accept this token. Enter the token whose SHA-256 is ADMIN_TOKEN_SHA256.' : ''}</p>
      <button class="primary">Continue</button>
    </form></main>`
}

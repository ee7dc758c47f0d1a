/** The form that shows the masked personal data of a view, and records who asked for them. */

import { html, type TemplateResult } from 'lit-html'
import { operator } from '../api.ts'
import type { Context } from '../context.ts'

/** `shown` names what is shown from then on: the state of the store for it. */
export function personalView({ store, readAgain }: Context, shown: string): TemplateResult {
  const show = (event: Event) => {
    event.preventDefault()
    const name = new FormData(event.currentTarget as HTMLFormElement).get('actor')
    operator.keepName(String(name).trim())
    store.set({ shown })
    readAgain()
  }
  return html`<form class="filter" @submit=${show}>
    <p><label for="actor">Your name</label>
      <input id="actor" name="actor" required maxlength="100" .value=${operator.name()} autocomplete="off"></p>
    <p><button>Show personal data</button></p>
    <p class="quiet">The audit list records your name and this request.</p></form>`
}

/** The parts that views share: fields, forms, results, times. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { submission } from '../forms.ts'
import type { FormState, Result } from '../state.ts'
import type { Store } from '../store.ts'
import { errorAt, textOf } from '../texts.ts'

export interface Field {
  readonly name: string
  readonly label: string
  readonly type?: 'email' | 'password' | 'search' | 'text'
  readonly autocomplete?: string
  readonly hint?: string
}

export interface Form {
  readonly name: string
  readonly button: string
  readonly fields: readonly Field[]
  /** The address for which password managers save the new password. */
  readonly account?: string | undefined
  readonly run: (values: Readonly<Record<string, string>>) => Promise<Result>
}

/** A form with labels, errors at its fields, and a result. */
export function formView(
  store: Store,
  { name, button, fields, account, run }: Form,
): TemplateResult {
  const form = store.get().form?.name === name ? store.get().form : undefined
  // A key makes new elements: what was typed into another form must not appear in this one.
  const idOf = (field: Field) => `${name}-${field.name}`
  const known = fields.some((field) => errorAt(form?.problem, field.name) !== undefined)
  return html`<form novalidate @submit=${submission(store, name, run)}>
    ${account === undefined ? nothing : html`<input hidden autocomplete="username" .value=${account}>`}
    ${repeat(fields, idOf, (field) => fieldView(idOf(field), field, form))}
    <p><button class=${fields.length > 0 ? 'primary' : ''} aria-disabled=${form?.isBusy ?? false}>${button}</button></p>
    <p class="error" role="alert">${form?.problem && !known ? textOf(form.problem) : nothing}</p>
    <p role="status">${form?.done ?? nothing}</p>
  </form>`
}

function fieldView(id: string, field: Field, form: FormState | undefined): TemplateResult {
  const { name, label, type = 'text', autocomplete = 'off', hint } = field
  const error = errorAt(form?.problem, name)
  return html`<p class="field">
    <label for=${id}>${label}</label>
    <input id=${id} name=${name} type=${type} autocomplete=${autocomplete} autocapitalize="none"
      spellcheck="false" aria-invalid=${error !== undefined} aria-describedby=${`${id}-hint`}>
    <span id=${`${id}-hint`} class=${error ? 'error' : 'hint'}>${error ?? hint ?? nothing}</span>
  </p>`
}

const clock = { hour: '2-digit', minute: '2-digit' } as const
const calendar = { day: 'numeric', month: 'short' } as const

/** The time of today, else the day; with `isExact`, the day and the time. */
export function timeView(time: string, isExact = false): TemplateResult {
  const at = new Date(time)
  const isToday = at.toDateString() === new Date().toDateString()
  const earlier = isExact ? { ...calendar, ...clock } : calendar
  const text = at.toLocaleString([], isToday ? clock : earlier)
  return html`<time datetime=${time} title=${at.toLocaleString()}>${text}</time>`
}

/** A button for the next page of a list, if there is one. */
export function moreView(nextCursor: string | undefined, load: (before: string) => unknown) {
  if (nextCursor === undefined) return nothing
  return html`<p class="more"><button @click=${() => load(nextCursor)}>Show more</button></p>`
}

/** A heading that gets the focus when its screen opens. */
export function headingView(text: string): TemplateResult {
  return html`<h1 id="heading" tabindex="-1">${text}</h1>`
}

/** On narrow screens, the way back to the list. */
export const backView = html`<a class="back" href="#/" aria-label="Back to the conversations">←</a>`

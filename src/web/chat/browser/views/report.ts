/** The form below a received message that reports it to the operators. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Schemas } from '../../../../../openapi/client.ts'
import type { Context } from '../api.ts'
import { submission } from '../forms.ts'
import { sendReport, stopReporting } from '../report.ts'
import { errorAt, textOf } from '../texts.ts'

/** The button that opens the form. */
export function reportButton(
  { store }: Context,
  { id, content }: Schemas['Message'],
): TemplateResult {
  const begin = () => {
    store.set({ reporting: id, form: undefined })
    setTimeout(() => document.getElementById('reason')?.focus())
  }
  const start = (content ?? '').slice(0, 40)
  return html`<span class="actions">
    <button class="quiet" aria-label=${`Report: ${start}`} @click=${begin}>Report</button></span>`
}

/** The form; nothing unless this message is being reported. */
export function reportForm(context: Context, id: string): TemplateResult | typeof nothing {
  const { reporting, form, settings } = context.store.get()
  if (reporting !== id) return nothing
  const problem = form?.name === 'report' ? form.problem : undefined
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') stopReporting(context)
  }
  const run = ({ reason = '' }) => sendReport(context, reason)
  return html`<form class="edit" @submit=${submission(context.store, 'report', run)}>
    <label for="reason">Why are you reporting this message?</label>
    <textarea id="reason" name="reason" rows="2" dir="auto" maxlength=${settings?.report.reasonMaxLength ?? 1000}
      @keydown=${keys}></textarea>
    <p class="hint">Only the operators of this server read the report.</p>
    <p class="error" role="alert">${problem ? (errorAt(problem, 'reason') ?? textOf(problem)) : nothing}</p>
    <p><button class="primary">Report</button>
      <button type="button" class="quiet" @click=${() => stopReporting(context)}>Cancel</button></p>
  </form>`
}

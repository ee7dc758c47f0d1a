/** One report: the message, who reported it and why, and its settlement. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { dataOf } from '../api.ts'
import type { Context } from '../context.ts'
import type { Schemas } from '../state.ts'
import {
  type Act,
  actorHeader,
  actsView,
  confirmationView,
  nameView,
  requireConfirmation,
} from './acting.ts'
import { headingView, linkView, loadingView, timeView } from './parts.ts'
import { hasMasked, messageView, outcomeView, senderOf, showingTexts, textView } from './reports.ts'

type Report = Schemas['Report']

export function reportView(context: Context, id: string): TemplateResult {
  const { report, failure } = context.store.get()
  const back = html`<p>${linkView(context, { view: 'reports' }, 'Back to the open reports')}</p>`
  if (report?.id !== id.toLowerCase())
    return html`${headingView('Report')}${back}${failure ? nothing : loadingView}`
  return html`${headingView(`Report of a message by ${senderOf(report)}`)}${back}
    ${report.isOpen ? html`<p class="step">Open</p>` : outcomeView(report)}
    ${messageView(context, report)}
    <p class="quiet">This is the message as it was when it was reported. The sender can have edited or deleted it since.</p>
    ${factsView(context, report)}
    ${actView(context, report)}`
}

function factsView(context: Context, report: Report): TemplateResult {
  const { reporterId, reporter, reportedId, messageId, reportedAt } = report
  const message = linkView(context, { view: 'stream', id: messageId }, 'The stream of the message')
  const facts = [
    ['Sender', linkView(context, { view: 'person', id: reportedId }, senderOf(report))],
    ['Reporter', linkView(context, { view: 'person', id: reporterId }, reporter ?? reporterId)],
    ['Reason', textView(context, report, 'reason')],
    ['Reported', timeView(reportedAt)],
    ['Message', message],
  ]
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** Where another operator was first, the answer stays, without the form. */
function actView(context: Context, report: Report): TemplateResult {
  const isMasked = hasMasked(context, report)
  const acts = actsView(context, [
    isMasked && showing(context, report),
    report.isOpen && settling(context, report),
  ])
  return report.isOpen || isMasked ? html`<h2>What you can do</h2>${nameView()}${acts}` : acts
}

function showing(context: Context, { id }: Report): Act {
  return showingTexts(context, 'Shows the message and the reason', async () => {
    const params = { path: { id }, query: { personal: 'shown' }, header: actorHeader() } as const
    return [await dataOf(context.api.GET('/reports/{id}', { params }))]
  })
}

function settling({ api }: Context, report: Report): Act {
  const { id } = report
  const sender = senderOf(report)
  return {
    name: 'settle',
    title: 'Settle the report',
    promise:
      'Records the outcome, which nothing can change later. It does not affect the users: to stop the sender, suspend ' +
      'them on their page. The reporter finds the outcome in the export of their data, the sender does not.',
    fields: html`<fieldset><legend>Outcome</legend>
        <label><input type="radio" name="outcome" value="upheld" required> Upheld: you agree with the report</label>
        <label><input type="radio" name="outcome" value="dismissed"> Dismissed: you do not</label></fieldset>
      <p class="wide"><label for="note">Note for other operators, without the name of a user (optional)</label>
        <input id="note" name="note" maxlength="1000" autocomplete="off"></p>
      ${confirmationView(sender)}`,
    run: async (values) => {
      requireConfirmation(values, sender, 'Nothing was recorded.')
      const note = String(values.get('note')).trim()
      const outcome = values.get('outcome') === 'upheld' ? 'upheld' : 'dismissed'
      const params = { path: { id }, header: actorHeader() }
      const body = { outcome, ...(note && { note }) } as const
      await dataOf(api.POST('/reports/{id}/settlement', { params, body }))
      return `The report is ${outcome}.`
    },
  }
}

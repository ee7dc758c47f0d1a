/** Jobs: the one of the address with its lines as they come, and lists of jobs. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import { outcomeOf, type Result, sumOf } from '../job-outcome.ts'
import type { Route } from '../route.ts'
import type { JobLine, Schemas } from '../state.ts'
import { linkView, tableView, timeView } from './parts.ts'
import { cancelJob } from './verbs.ts'

type Job = Schemas['Job']

export function jobView(context: Context, id: string): TemplateResult {
  const { followed } = context.store.get().tables
  const { job, lines = [], failure } = followed?.id === id ? followed : {}
  const title = job ? `Job ${id}: ${job.kind}` : `Job ${id}`
  return html`<section class="job" aria-label=${title}><h2>${title}</h2>
    <p role="status" class=${job ? jobClass(job) : ''}>${job ? outcomeOf(job) : nothing}</p>
    ${failure === undefined ? nothing : html`<p class="error">${failure}</p>`}
    ${job ? html`${progressView(job)}${cancelView(context, job)}${deviationsView(job)}${aboutView(job)}` : nothing}
    ${linesView(lines)}</section>`
}

function jobClass({ state, result }: Job): string {
  if (state === 'running') return 'step'
  const { tables, deviations = [] } = (result ?? {}) as Result
  const isWell = state === 'done' && sumOf(tables, 'differences') === 0 && deviations.length === 0
  return isWell ? 'calm' : 'concern'
}

/** What a verify found beside rows: triggers, constraints and the like that were changed by hand. */
function deviationsView({ result }: Job): TemplateResult {
  const { deviations = [] } = (result ?? {}) as Result
  if (deviations.length === 0) return html``
  return html`<p>Not as installed. Run epistle install, which repairs it:</p>
    <ul class="obstacles">${deviations.map((deviation) => html`<li>${deviation}</li>`)}</ul>`
}

function progressView({ state, progress }: Job): TemplateResult {
  if (state !== 'running' || progress === null) return html``
  const { done, total, unit, percent } = progress
  return html`<p><progress aria-label="Progress of the job" max="100" .value=${percent}></progress> ${percent} %
    <span class="quiet">${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}</span></p>`
}

function cancelView(context: Context, { id, state, cancellable }: Job): TemplateResult {
  const { all, one } = context.store.get().tables
  const hasOwner = all?.ownersOperations || (one?.verbs.length ?? 0) > 0
  if (state !== 'running' || !cancellable || !hasOwner) return html``
  return html`<p><button @click=${() => cancelJob(context, id)}>Cancel the job</button></p>`
}

function aboutView({ actor, startedAt, endedAt }: Job): TemplateResult {
  return html`<p class="quiet">Started by ${actor}, ${timeView(startedAt)}${
    endedAt === null ? nothing : html`; ended ${timeView(endedAt)}`
  }</p>`
}

function linesView(lines: readonly JobLine[]): TemplateResult {
  if (lines.length === 0) return html``
  return html`<div class="lines" role="log" aria-label="What the job reports" tabindex="0">${lines.map(
    ({ at, text }) => html`<p><span class="quiet">${timeView(at)}</span> ${text}</p>`,
  )}</div>`
}

/** Jobs, the last one first, each with a link to it. */
export function jobListView(
  context: Context,
  jobs: readonly Job[],
  routeOf: (id: string) => Route,
): TemplateResult {
  const rows = jobs.map((job) => [
    linkView(context, routeOf(job.id), `${job.kind}, job ${job.id}`),
    timeView(job.startedAt),
    job.actor,
    outcomeOf(job),
  ])
  return tableView('Jobs', ['Job', 'Started', 'Operator', 'Result'], rows, 'No job has run lately.')
}

/** One read table: its life, what is known about it, its verbs, the rows that differed, and the jobs about it. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import { countOf } from '../rate.ts'
import type { Schemas } from '../state.ts'
import { differencesView } from './differences.ts'
import { jobListView, jobView } from './jobs.ts'
import { lifeView, stageSentence } from './life.ts'
import { headingView, linkView, loadingView, positionText, timeView } from './parts.ts'
import { verbsView } from './verbs.ts'

type Details = Schemas['TableDetails']

export function tablePageView(
  context: Context,
  name: string,
  job: string | undefined,
): TemplateResult {
  const { one, jobs = [] } = context.store.get().tables
  const jobsView = jobListView(context, jobs, (id) => ({ view: 'tables', name, job: id }))
  return html`${headingView(name)}<p>${linkView(context, { view: 'tables' }, 'All tables')}</p>
    ${job === undefined ? nothing : jobView(context, job)}
    ${one === undefined ? loadingView : one === null ? absentView(jobs, name) : detailsView(context, one)}
    <h2>Jobs</h2>${jobsView}`
}

/** A name that never was a table has no life. */
function absentView(jobs: readonly Schemas['Job'][], name: string): TemplateResult {
  const isRetired = jobs.some(({ kind, result }) => kind === 'retire' && isIn(result?.tables, name))
  if (isRetired) {
    return html`${lifeView('gone')}<p>This read table was retired. Its events are still in the log.</p>`
  }
  return html`<p>No read table has this name. If it was retired, its events are still in the log.</p>`
}

function isIn(tables: unknown, name: string): boolean {
  return Array.isArray(tables) && tables.includes(name)
}

function detailsView(context: Context, details: Details): TemplateResult {
  const { table, position } = details
  return html`${lifeView(table.state)}${stageSentence(table, position)}
    ${factsView(table)}
    ${verbsView(context, details)}
    ${differencesView(context, table)}`
}

function factsView(table: Schemas['ReadTable']): TemplateResult {
  const { release, estimatedRows, readBy } = table
  const facts = [
    ['Release', release],
    [
      'Rows',
      estimatedRows === null ? 'not estimated' : `about ${estimatedRows.toLocaleString('en')}`,
    ],
    ['Read by', readBy.length === 0 ? 'no server or worker' : readBy.join('; ')],
    ['Last verify', verifiedView(table)],
  ]
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** When a table was verified last, and what was found. */
export function verifiedView({ verified }: Schemas['ReadTable']): TemplateResult {
  if (verified === null) return html`<span class="quiet">not verified yet</span>`
  const { differences, at, position } = verified
  const result =
    differences === 0
      ? 'no differences'
      : html`<strong>${countOf(differences, 'difference')}</strong>`
  return html`<span class="verified">${result} at position ${positionText(position)}, ${timeView(at)}</span>`
}

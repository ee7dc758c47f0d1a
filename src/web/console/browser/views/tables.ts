/** *Tables*: the read tables with their lives, one table, and the jobs about them. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import { countOf } from '../rate.ts'
import type { Route } from '../route.ts'
import type { Schemas } from '../state.ts'
import { nameView } from './acting.ts'
import { jobListView, jobView } from './jobs.ts'
import { shortLifeView } from './life.ts'
import { headingView, linkView, loadingView, tableView } from './parts.ts'
import { tablePageView, verifiedView } from './table.ts'
import { noOwnerView, startJob } from './verbs.ts'

type Chosen = Extract<Route, { view: 'tables' }>

export function tablesView(context: Context, { name, job }: Chosen): TemplateResult {
  if (name !== undefined) return tablePageView(context, name, job)
  const { all, jobs } = context.store.get().tables
  return html`${headingView('Tables')}${job === undefined ? nothing : jobView(context, job)}
    ${all && jobs ? listView(context, all, jobs) : loadingView}`
}

function listView(
  context: Context,
  all: Schemas['Tables'],
  jobs: readonly Schemas['Job'][],
): TemplateResult {
  const rows = all.readTables.map((table) => [
    linkView(context, { view: 'tables', name: table.name }, table.name),
    shortLifeView(table, all.position),
    table.estimatedRows === null ? '' : `about ${table.estimatedRows.toLocaleString('en')}`,
    table.readBy.length === 0 ? '' : countOf(table.readBy.length, 'reader'),
    verifiedView(table),
  ])
  const columns = ['Table', 'Life', 'Rows', 'Read by', 'Last verify']
  const about = jobs.filter(({ kind }) => kind !== 'forget')
  return html`<p>A read table is built from the log, and is then live. Later it can be demoted to a view, or retired.</p>
    ${all.ownersOperations ? verifyAllView(context) : noOwnerView}
    <h2>Read tables</h2>${tableView('Read tables', columns, rows, 'No read table is installed.')}
    <h2>Jobs</h2>${jobListView(context, about, (id) => ({ view: 'tables', job: id }))}`
}

function verifyAllView(context: Context): TemplateResult {
  return html`${nameView()}
    <p><button @click=${() => startJob(context, 'verify', undefined)}>Verify all live tables</button></p>`
}

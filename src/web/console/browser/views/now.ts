/** *Now*: whether all is well, the log, and what runs and waits. */

import { html, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import {
  batchSizeText,
  builtPart,
  concernsOf,
  countOf,
  durationText,
  eventsPerSecond,
} from '../rate.ts'
import type { Schemas } from '../state.ts'
import { headingView, linkView, loadingView, positionText, tableView, timeView } from './parts.ts'
import { verifiedView } from './table.ts'

type Status = Schemas['Status']

export function nowView(context: Context): TemplateResult {
  const { statuses } = context.store.get()
  const status = statuses.at(-1)
  if (!status) return html`${headingView('Now')}${loadingView}`
  return html`${headingView('Now')}
    ${wellbeingView(concernsOf(status))}
    ${figuresView(status, eventsPerSecond(statuses))}
    <h2>Upgrade</h2>${upgradeLineView(context, status)}
    <h2>Servers and workers</h2>${readersView(status)}
    <h2>Tasks</h2>${tasksView(status)}
    <h2>Webhooks</h2>${webhooksView(status)}
    <h2>Read tables</h2>${readTablesView(context, status)}`
}

function wellbeingView(concerns: readonly string[]): TemplateResult {
  return html`<div role="status">${
    concerns.length === 0
      ? html`<p class="calm">All is well.</p>`
      : html`<div class="concern"><p><strong>${countOf(concerns.length, 'thing')} to look at</strong></p>
          <ul>${concerns.map((concern) => html`<li>${concern}</li>`)}</ul></div>`
  }</div>`
}

function figuresView(status: Status, rate: number | undefined): TemplateResult {
  const figures = [
    ['Position of the log', positionText(status.position)],
    ['Events a second', rate === undefined ? '…' : rate.toFixed(rate < 10 ? 1 : 0)],
    ['Last event', timeView(status.lastEventAt)],
    ['Batch size', batchSizeText(status.process.appends.batchSize)],
    ['Append p99', durationText(status.process.appends.p99Seconds)],
    ['Version of this process', status.version],
  ] as const
  return html`<dl class="figures">${figures.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>${processView(status)}`
}

/** The process that the batches and appends are of. All else is the same on every port. */
function processView({ process: { name, appends } }: Status): TemplateResult {
  const calls = countOf(appends.calls, 'append')
  return html`<p class="quiet">Batch size and append p99 are those of ${name}: ${calls} in the last
    ${appends.seconds} seconds. Every server and worker shows its own on its admin port.</p>`
}

function upgradeLineView(context: Context, { upgrade }: Status): TemplateResult {
  const { databaseRelease, codeRelease, step } = upgrade
  const link = linkView(context, { view: 'upgrade' }, 'See Upgrade')
  if (step === 'none')
    return html`<p>Release ${databaseRelease} is installed, and no step is left.</p>`
  return html`<p>The database has release ${databaseRelease}, and the code of this process has ${codeRelease}. The next step is <strong>${step}</strong>. ${link}</p>`
}

function readersView({ readers }: Status): TemplateResult {
  const rows = readers.map(({ name, release, holdsLeases, seenAt }) => [
    name,
    release ?? 'unknown',
    holdsLeases ? 'held' : html`<strong>lost</strong>, last seen ${timeView(seenAt)}`,
  ])
  const columns = ['Name', 'Release', 'Leases']
  return tableView('Servers and workers', columns, rows, 'No server or worker holds leases.')
}

function tasksView({ tasks }: Status): TemplateResult {
  const rows = tasks.map(({ process, waiting, failing, givenUp, oldest }) => [
    ...[process, waiting, failing, givenUp],
    timeView(oldest),
  ])
  const columns = ['Process', 'Waiting', 'Failing', 'Given up', 'Oldest']
  return tableView('Tasks', columns, rows, 'No task is due.')
}

function webhooksView({ webhooks }: Status): TemplateResult {
  const rows = webhooks.map(({ name, origin, state, position, behind, failingSince }) => [
    ...[name, origin, state, positionText(position), positionText(behind)],
    failingSince === null ? '' : timeView(failingSince),
  ])
  const columns = ['Name', 'Receiver', 'State', 'Position', 'Behind by', 'Failing since']
  return tableView('Webhooks', columns, rows, 'There is no webhook.')
}

function readTablesView(context: Context, { tables, position }: Status): TemplateResult {
  const rows = tables.map((table) => [
    linkView(context, { view: 'tables', name: table.name }, table.name),
    table.isMissing
      ? html`<strong>missing</strong>`
      : table.state === 'building'
        ? html`building, ${Math.floor(builtPart(table, position) * 100)} %`
        : table.state,
    table.readBy.length,
    verifiedView(table),
  ])
  const columns = ['Table', 'State', 'Readers', 'Last verify']
  return tableView('Read tables', columns, rows, 'No read table is installed.')
}

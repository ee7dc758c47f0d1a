/** *Upgrade*: the next step, how to take it, and what stands in its way. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import { builtPart } from '../rate.ts'
import type { Schemas } from '../state.ts'
import { headingView, linkView, loadingView, tableView, timeView } from './parts.ts'

type Status = Schemas['Status']

/** The steps in their order, each with the sentence that explains it. */
const steps = {
  install:
    'Run epistle install with the newest code. Servers keep running while it builds read tables.',
  deploy: 'Replace servers and workers of older releases with the newest code.',
  retire: 'Run epistle retire. It drops the read tables that no server or worker reads.',
} as const

export function upgradeView(context: Context): TemplateResult {
  const status = context.store.get().statuses.at(-1)
  if (!status) return html`${headingView('Upgrade')}${loadingView}`
  const { upgrade } = status
  return html`${headingView('Upgrade')}
    <p>The database has release <strong>${upgrade.databaseRelease}</strong>. The code of this process has
      release <strong>${upgrade.codeRelease}</strong>.</p>
    ${stepsView(upgrade.step)}
    ${upgrade.step === 'none' ? nothing : stepView(context, status)}
    ${demotableView(upgrade)}
    <h2>Installed releases</h2>${releasesView(status)}`
}

function stepsView(current: Status['upgrade']['step']): TemplateResult {
  const names = Object.keys(steps) as (keyof typeof steps)[]
  const result =
    current === 'none' ? 'No step is left. All is up to date.' : `Next step: ${current}`
  return html`<p role="status" class=${current === 'none' ? 'calm' : 'step'}>${result}</p>
    <ol class="steps">${names.map(
      (name) => html`<li aria-current=${name === current ? 'step' : 'false'}>
        <strong>${name}</strong> <span>${steps[name]}</span></li>`,
    )}</ol>`
}

function stepView(context: Context, status: Status): TemplateResult {
  return html`<h2>Tables of this step</h2>${tablesView(context, status)}
    <h2>What stands in the way</h2>${obstaclesView(status.upgrade)}`
}

function tablesView(context: Context, { upgrade, tables, position }: Status): TemplateResult {
  const chosen = tables.filter(({ name }) => upgrade.tables.includes(name))
  const rows = chosen.map((table) => [
    linkView(context, { view: 'tables', name: table.name }, table.name),
    table.state,
    table.state === 'building' ? progressView(table, position) : '',
    table.readBy.length === 0 ? 'none' : table.readBy.join(', '),
  ])
  const empty =
    upgrade.step === 'install'
      ? 'No read table of this step exists yet.'
      : 'This step is about servers and workers, not about a table.'
  return tableView('Tables of this step', ['Table', 'State', 'Built', 'Read by'], rows, empty)
}

/** How far a build is. */
export function progressView(table: Schemas['ReadTable'], head: string): TemplateResult {
  const part = builtPart(table, head)
  return html`<progress aria-label=${`${table.name} is being built`} max="1" .value=${part}></progress>
    <span>${Math.floor(part * 100)} %</span>`
}

function obstaclesView({ obstacles }: Status['upgrade']): TemplateResult {
  if (obstacles.length === 0) return html`<p class="quiet">Nothing.</p>`
  return html`<ul class="obstacles">${obstacles.map((each) => html`<li>${each}</li>`)}</ul>`
}

function demotableView({ demotable }: Status['upgrade']): TemplateResult {
  if (demotable.length === 0) return html``
  return html`<h2>Tables that can become views</h2>
    <p>To free their space while servers still read them, run epistle demote ${demotable.join(' ')}.</p>`
}

function releasesView({ releases }: Status): TemplateResult {
  const rows = releases
    .toReversed()
    .map(({ release, name, installedAt }) => [release, name, timeView(installedAt)])
  return tableView('Installed releases', ['Release', 'Name', 'Installed'], rows, 'None.')
}

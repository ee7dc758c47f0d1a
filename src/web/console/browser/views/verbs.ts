/** What the owner can do with a table: each verb with what it promises, what stands in its way, and its form. */

import { html, type TemplateResult } from 'lit-html'
import { dataOf, operator } from '../api.ts'
import type { Context } from '../context.ts'
import type { Schemas } from '../state.ts'
import { nameView } from './acting.ts'

type Details = Schemas['TableDetails']
type Verb = Details['verbs'][number]['verb']

interface Meaning {
  readonly title: string
  readonly promise: string
  /** Whether the name of the table confirms it. */
  readonly isFinal: boolean
}

const meanings: Readonly<Record<Verb, Meaning>> = {
  verify: {
    title: 'Verify',
    promise:
      'Compares every row with a replay of the log. Changes no row. Servers and workers keep running.',
    isFinal: false,
  },
  rebuild: {
    title: 'Rebuild',
    promise:
      'Replaces the rows that differ from a replay of the log. Servers and workers keep running. At any moment each row ' +
      'is either unchanged or correct.',
    isFinal: false,
  },
  demote: {
    title: 'Demote',
    promise:
      'Compares all rows, then replaces the table with a view of a newer one. Refused if a row or a column differs. ' +
      'Servers keep reading it as before.',
    isFinal: true,
  },
  retire: {
    title: 'Retire',
    promise:
      'Drops the table. Its events stay in the log. Servers that need the table cannot start on this database again.',
    isFinal: true,
  },
}

const paths = {
  verify: '/verifications',
  rebuild: '/rebuilds',
  demote: '/demotions',
  retire: '/retirements',
} as const

export const noOwnerView = html`<p class="quiet">Tables cannot be verified, rebuilt, demoted or retired here, because
  this process has no ADMIN_DATABASE_URL. Use the commands of the same names.</p>`

export function verbsView(context: Context, { table, verbs }: Details): TemplateResult {
  if (verbs.length === 0) return noOwnerView
  return html`${nameView()}<div class="versions">${verbs.map(({ verb, obstacles }) => {
    const { title, promise } = meanings[verb]
    return html`<section class="verb" aria-label=${title}><h2>${title}</h2><p>${promise}</p>
      ${obstacles.length > 0 ? obstaclesView(obstacles) : formView(context, verb, table.name)}</section>`
  })}</div>`
}

function obstaclesView(obstacles: readonly string[]): TemplateResult {
  return html`<p class="quiet">Not possible now:</p>
    <ul class="obstacles quiet">${obstacles.map((obstacle) => html`<li>${obstacle}</li>`)}</ul>`
}

function formView(context: Context, verb: Verb, name: string): TemplateResult {
  const { title, isFinal } = meanings[verb]
  const start = (event: Event) => {
    event.preventDefault()
    void startJob(context, verb, name)
  }
  if (!isFinal) return html`<form @submit=${start}><p><button>${title}</button></p></form>`
  const id = `confirm-${verb}`
  return html`<details><summary>${title} ${name}</summary><form @submit=${start}>
    <p><label for=${id}>This cannot be undone. Type ${name} to confirm.</label></p>
    <p><input id=${id} required pattern=${name} title=${name} autocomplete="off" spellcheck="false"></p>
    <p><button>${title}</button></p></form></details>`
}

/** Starts a job in the name of the operator, for one table or for all that are live, and goes to it. */
export async function startJob(
  context: Context,
  verb: Verb,
  name: string | undefined,
): Promise<void> {
  const { api, go } = context
  const body = { tables: name === undefined ? [] : [name] }
  await act(context, async (header) => {
    const { id } = await dataOf(api.POST(paths[verb], { params: { header }, body }))
    go({ view: 'tables', ...(name && { name }), job: id })
  })
}

/** Cancels a job; its stream shows the end. */
export async function cancelJob(context: Context, id: string): Promise<void> {
  await act(context, async (header) => {
    await dataOf(context.api.DELETE('/jobs/{id}', { params: { header, path: { id } } }))
  })
}

/** Acts in the name of the operator, who is asked for it first. A failure becomes a notice. */
async function act(
  { store }: Context,
  work: (header: { 'Epistle-Actor': string }) => Promise<void>,
): Promise<void> {
  if (operator.name() === '') {
    store.set({ notice: 'Enter your name first.' })
    return document.getElementById('actor')?.focus()
  }
  store.set({ notice: undefined })
  await work({ 'Epistle-Actor': encodeURIComponent(operator.name()) }).catch((error: Error) =>
    store.set({ notice: error.message }),
  )
}

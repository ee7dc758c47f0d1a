/** *People*: finds users by username, id or address. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { dataOf } from '../api.ts'
import type { Context } from '../context.ts'
import { isAddress } from '../people-readings.ts'
import type { Route } from '../route.ts'
import { type Act, actorHeader, actsView, nameView } from './acting.ts'
import { headingView, linkView, loadingView, tableView, timeView } from './parts.ts'

type Chosen = Extract<Route, { view: 'people' }>

/** The most users of a response. */
const most = 20

export function peopleView(context: Context, { search }: Chosen): TemplateResult {
  const { failure } = context.store.get()
  const byAddress = search !== undefined && isAddress(search) ? search : undefined
  const isWaiting = search !== undefined && failure === undefined && byAddress === undefined
  return html`${headingView('People')}${searchView(context, search)}
    ${foundView(context) ?? (isWaiting ? loadingView : hintView)}
    ${byAddress === undefined ? nothing : addressView(context, byAddress)}`
}

/** It shows whether someone has the address, so it is recorded. */
function addressView(context: Context, search: string): TemplateResult {
  const { store, api } = context
  const finding: Act = {
    name: 'find-by-address',
    title: 'Find by address',
    promise:
      'Shows who has the address, or had it before they deleted the account. The audit list records your name, and not ' +
      'the address.',
    run: async () => {
      const { route } = store.get()
      const params = { query: { search }, header: actorHeader() }
      const { items } = await dataOf(api.GET('/users', { params }))
      if (store.get().route === route) store.set({ people: items })
      return ''
    },
  }
  const isFound = store.get().people !== undefined
  const acts = actsView(context, [!isFound && finding])
  return isFound ? acts : html`<h2>Search by address</h2>${nameView()}${acts}`
}

const hintView = html`<p class="quiet">The page of a person shows the state of the account, its history, and what you can do.</p>`

function searchView({ go }: Context, search = ''): TemplateResult {
  const find = (event: Event) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const wanted = String(new FormData(form).get('search')).trim()
    if (wanted) go({ view: 'people', search: wanted })
  }
  return html`<form class="filter" role="search" @submit=${find}>
    <p><label for="search">Username or its beginning, id, or e-mail address</label>
      <input id="search" name="search" .value=${search} required maxlength="254" autocomplete="off" autocapitalize="none" spellcheck="false"></p>
    <p><button>Find</button></p></form>`
}

function foundView(context: Context): TemplateResult | undefined {
  const { people } = context.store.get()
  if (!people) return undefined
  const rows = people.map(({ id, username, state, registeredAt }) => [
    linkView(context, { view: 'person', id }, username ?? 'no username'),
    state,
    timeView(registeredAt),
    id,
  ])
  const columns = ['Username', 'State', 'Registered', 'Id']
  return html`${tableView('Users found', columns, rows, 'No user has this username, id or address, now or before they deleted the account.')}
    ${people.length === most ? html`<p class="quiet">These are the first ${most}. Enter more of the username to see others.</p>` : ''}`
}

/** What the Tables view reads: all tables or one, the jobs about them, and what the last verify found. */

import { type Api, dataOf, operator } from './api.ts'
import type { Schemas, Store, Tables } from './state.ts'

/** How many of the last jobs are looked through. */
const lastJobs = 50

/** Reads the tables of the address. Throws as `dataOf` does. */
export async function readTables(store: Store, api: Api, signal: AbortSignal): Promise<void> {
  const set = (values: Partial<Tables>) => {
    if (!signal.aborted) store.set({ tables: { ...store.get().tables, ...values } })
  }
  const { route } = store.get()
  const name = route.view === 'tables' ? route.name : undefined
  const query = { limit: lastJobs }
  const { items } = await dataOf(api.GET('/jobs', { params: { query }, signal }))
  if (name === undefined) {
    return set({ all: await dataOf(api.GET('/tables', { signal })), jobs: items })
  }
  const known = store.get().tables.one
  const one = known === null ? null : await readTable(api, name, signal)
  set({ one, jobs: items.filter((job) => isAbout(job, name)) })
  if (one) await readDifferences(store, api, one.table, { signal, set })
}

/** Null where no table has the name: it can have been retired, and names do not come back. */
async function readTable(api: Api, name: string, signal: AbortSignal) {
  const answer = await api.GET('/tables/{name}', { params: { path: { name } }, signal })
  return answer.response.status === 404 ? null : dataOf(Promise.resolve(answer))
}

/** Whether a job is about a table: by what was asked for, or by what it did. */
export function isAbout({ kind, arguments: asked, result }: Schemas['Job'], name: string): boolean {
  const tables = Array.isArray(asked.tables) ? asked.tables : []
  if (kind === 'verify' && tables.length === 0) return true
  const done = kind === 'retire' && Array.isArray(result?.tables) ? result.tables : []
  return [...tables, ...done].includes(name)
}

/** What `State.shown` is while the personal data of the differing rows are shown: those of this verify alone. */
export function shownKey({ name, verified }: Schemas['ReadTable']): string {
  return `${name} ${verified?.at}`
}

interface Reading {
  readonly signal: AbortSignal
  readonly set: (values: Partial<Tables>) => void
}

/** They are read once for each verify, because each request for personal data is recorded. */
async function readDifferences(
  store: Store,
  api: Api,
  table: Schemas['ReadTable'],
  { signal, set }: Reading,
): Promise<void> {
  if (!table.verified || table.verified.differences === 0) return set({ differences: undefined })
  const isShown = store.get().shown === shownKey(table)
  const differencesOf = `${shownKey(table)} ${isShown}`
  const { tables } = store.get()
  if (tables.differences && tables.differencesOf === differencesOf) return
  const path = { name: table.name }
  const actor = encodeURIComponent(operator.name())
  const params = isShown
    ? { path, query: { personal: 'shown' as const }, header: { 'Epistle-Actor': actor } }
    : { path }
  const differences = await dataOf(api.GET('/tables/{name}/differences', { params, signal }))
  set({ differences, differencesOf })
}

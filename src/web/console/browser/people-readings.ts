/** What the views of people, reports and acts read. */

import { type Api, dataOf } from './api.ts'
import { followErasure } from './erasure.ts'
import type { State, Store } from './state.ts'

type Set = (values: Partial<State>) => void

/** Reads one of these views. Throws as `dataOf` does. */
export async function readPeople(
  store: Store,
  api: Api,
  signal: AbortSignal,
  set: Set,
): Promise<void> {
  const { route } = store.get()
  switch (route.view) {
    case 'people':
      return set({ people: await search(store, api, signal, route.search) })
    case 'person':
      return readPerson(store, api, signal, set, route.id)
    case 'reports': {
      const status = route.status === 'settled' ? 'settled' : 'open'
      const query = { status, ...(route.before && { before: route.before }) } as const
      return set({ reports: await dataOf(api.GET('/reports', { params: { query }, signal })) })
    }
    case 'report': {
      const path = { id: route.id }
      return set({ report: await dataOf(api.GET('/reports/{id}', { params: { path }, signal })) })
    }
    case 'audit': {
      const query = route.before ? { before: route.before } : {}
      return set({ audit: await dataOf(api.GET('/audit', { params: { query }, signal })) })
    }
  }
}

/** Each search by address is recorded, so only the operator asks for it (views/people.ts). */
async function search(store: Store, api: Api, signal: AbortSignal, wanted: string | undefined) {
  if (wanted === undefined) return undefined
  if (isAddress(wanted)) {
    // Shows whether the port needs its token, as other readings do.
    await dataOf(api.GET('/audit', { params: { query: { limit: 1 } }, signal }))
    return store.get().people
  }
  const params = { query: { search: wanted } }
  return (await dataOf(api.GET('/users', { params, signal }))).items
}

/** Whether a search is by e-mail address. */
export function isAddress(search: string): boolean {
  return search.includes('@')
}

/** Without the personal data: each request for them is recorded, so only the operator asks for them. */
async function readPerson(store: Store, api: Api, signal: AbortSignal, set: Set, id: string) {
  if (store.get().hasOwner === undefined) {
    const { ownersOperations } = await dataOf(api.GET('/tables', { signal }))
    set({ hasOwner: ownersOperations })
  }
  const account = await dataOf(api.GET('/users/{id}', { params: { path: { id } }, signal }))
  await findErasure(store, api, signal, account.id)
  set({ account })
}

/** Another operator, or this one before a reload, can have started an erasure: on this server or on any other. */
async function findErasure(store: Store, api: Api, signal: AbortSignal, userId: string) {
  const { erasure } = store.get()
  if (erasure && (erasure.ended === undefined || erasure.ended.state === 'done')) return
  const query = { limit: 50 }
  const { items } = await dataOf(api.GET('/jobs', { params: { query }, signal }))
  const running = items.find(
    ({ kind, state, arguments: given }) =>
      kind === 'forget' && state === 'running' && given.userId === userId,
  )
  if (running && !signal.aborted) void followErasure(store, api, running)
}

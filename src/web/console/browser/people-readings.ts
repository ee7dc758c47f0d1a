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
    case 'people': {
      if (route.search === undefined) return set({ people: undefined })
      const query = { search: route.search }
      return set({ people: (await dataOf(api.GET('/users', { params: { query }, signal }))).items })
    }
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

/** Without the addresses: each request for them is recorded, so only the operator asks for them. */
async function readPerson(store: Store, api: Api, signal: AbortSignal, set: Set, id: string) {
  if (store.get().hasOwner === undefined) {
    const { ownersOperations } = await dataOf(api.GET('/tables', { signal }))
    set({ hasOwner: ownersOperations })
  }
  set({ account: await dataOf(api.GET('/users/{id}', { params: { path: { id } }, signal })) })
  if (store.get().erasure) return
  // Another operator, or this one before a reload, can have started it.
  const query = { limit: 20 }
  const { items } = await dataOf(api.GET('/jobs', { params: { query }, signal }))
  const isOfUser = (job: (typeof items)[number]) => job.arguments.userId === id
  const running = items.find(
    (job) => job.kind === 'forget' && job.state === 'running' && isOfUser(job),
  )
  if (running && !signal.aborted) void followErasure(store, api, running)
}

/** Editing and deleting messages, and finding messages and people. */

import { attempt, type Context } from './api.ts'
import type { FormState } from './state.ts'

type Result = Omit<FormState, 'name'>

export async function edit({ store, api }: Context, id: string, content: string): Promise<Result> {
  const options = { params: { path: { id } }, body: { content } }
  const { data, problem } = await attempt(api.PATCH('/messages/{id}', options))
  if (problem) return { problem }
  store.dispatch({ type: 'messages', messages: [data] })
  stopEditing({ store, api })
  return {}
}

/** Deletes a message for both people, after a question. */
export async function remove({ store, api }: Context, id: string): Promise<void> {
  if (!confirm('Delete this message for both of you?')) return
  const { problem } = await attempt(api.DELETE('/messages/{id}', { params: { path: { id } } }))
  if (problem) return store.set({ announcement: problem.detail ?? problem.title })
  const { data } = await attempt(api.GET('/messages/{id}', { params: { path: { id } } }))
  if (data) store.dispatch({ type: 'messages', messages: [data] })
}

export function stopEditing({ store }: Context): void {
  store.set({ editing: undefined })
  setTimeout(() => document.getElementById('content')?.focus())
}

export async function findPeople({ store, api }: Context, username: string): Promise<Result> {
  const query = { username: username.toLowerCase(), limit: 20 }
  const { data, problem } = await attempt(api.GET('/users', { params: { query } }))
  if (problem) return { problem }
  store.dispatch({ type: 'named', users: data.items })
  store.set({ people: data.items })
  return data.items.length > 0 ? {} : { done: 'No username begins with this.' }
}

export async function searchMessages({ store, api }: Context, q: string): Promise<Result> {
  const query = { q, limit: 50, include: 'users' } as const
  const { data, problem } = await attempt(api.GET('/messages', { params: { query } }))
  if (problem) return { problem }
  store.dispatch({ type: 'named', users: data.users ?? [] })
  store.set({ hits: data.items })
  const count = data.items.length
  return { done: count === 0 ? 'No message contains this.' : `${count} found.` }
}

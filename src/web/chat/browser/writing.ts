/** Editing and deleting messages, and finding messages and people. */

import { attempt, type Context } from './api.ts'
import { type Editing, type Result, withNextPage } from './state.ts'
import { textOf } from './texts.ts'

/**
 * Saves the text of the message that is being edited, unless it was changed elsewhere since the editing began: then
 * shows what it contains now, and the next try replaces that.
 */
export async function saveEdit(context: Context, content: string): Promise<Result> {
  const { store, api } = context
  const { editing } = store.get()
  if (!editing) return {}
  const header = { 'If-Match': `"${editing.version}"` }
  const options = { params: { path: { id: editing.id }, header }, body: { content } }
  const { data, problem } = await attempt(api.PATCH('/messages/{id}', options))
  if (problem?.code === 'version_mismatch') return compare(context, editing, content)
  if (problem) return { problem }
  store.dispatch({ type: 'messages', messages: [data] })
  stopEditing(context)
  return {}
}

async function compare(context: Context, editing: Editing, content: string): Promise<Result> {
  const { store, api } = context
  const options = { params: { path: { id: editing.id } } }
  const { data, problem } = await attempt(api.GET('/messages/{id}', options))
  if (problem) return { problem }
  store.dispatch({ type: 'messages', messages: [data] })
  // The response of an earlier try was lost.
  if (data.content === content) stopEditing(context)
  else if (data.content !== null) {
    store.set({ editing: { ...editing, version: data.version, theirs: data.content } })
    setTimeout(() => document.querySelector('.edit')?.scrollIntoView({ block: 'nearest' }))
  } else {
    const title = 'You have deleted this message elsewhere, so it cannot be edited.'
    return { problem: { code: 'message_deleted', title } }
  }
  return {}
}

/** Deletes a message for both people, after a question. The event of it changes the screen. */
export async function remove({ store, api }: Context, id: string): Promise<void> {
  if (!confirm('Delete this message for both of you?')) return
  const { problem } = await attempt(api.DELETE('/messages/{id}', { params: { path: { id } } }))
  store.set({ failure: problem && textOf(problem) })
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

/** Finds messages; with `before`, adds the page that it leads to. */
export async function searchMessages(
  { store, api }: Context,
  q: string,
  before?: string,
): Promise<Result> {
  const query = { q, limit: 50, include: 'users', ...(before && { before }) } as const
  const { data, problem } = await attempt(api.GET('/messages', { params: { query } }))
  if (problem) return { problem }
  store.dispatch({ type: 'named', users: data.users ?? [] })
  const known = store.get().hits
  if (before !== undefined && known?.q !== q) return {}
  const hits = before === undefined || !known ? data : withNextPage(known, before, data)
  store.set({ hits: { ...hits, q } })
  const count = hits.items.length
  if (count === 0) return { done: 'No message contains this.' }
  return { done: hits.nextCursor ? `The newest ${count}.` : `${count} found.` }
}

/**
 * Keeps the state up to date: loads the lists when the stream has begun, so that nothing falls between the two, and
 * applies each event. Counts come from the server alone: an event asks for them, and many events ask once.
 */

import { isEpistleError } from '../../../../openapi/client.ts'
import { attempt, type Context } from './api.ts'

/** How long to wait (ms) before a stream is requested again that the server has refused. */
const refusedPauseMs = 10_000

/** Follows the stream until `signal` is aborted or the session ends. */
export async function followStream({ store, api }: Context, signal: AbortSignal): Promise<void> {
  const onState = (state: string) => store.set({ isOnline: state === 'open' })
  try {
    for await (const event of api.follow({ signal, onState })) {
      store.dispatch({ type: 'event', event })
      if (event.event === 'ready') store.set({ threads: droppedLists(store.get().threads) })
      refreshConversations({ store, api })
    }
  } catch (error) {
    if (signal.aborted) return
    if (isEpistleError(error) && error.code === 'unauthenticated') {
      return store.dispatch({ type: 'loggedOut' })
    }
    store.set({ isOnline: false })
    await new Promise((resolve) => setTimeout(resolve, refusedPauseMs))
    if (!signal.aborted) return followStream({ store, api }, signal)
  }
}

let isRefreshing = false
let isAskedAgain = false

/** Loads the conversations; calls while it runs lead to one more. */
export function refreshConversations(context: Context): void {
  isAskedAgain = true
  if (!isRefreshing) void refresh(context)
}

async function refresh({ store, api }: Context): Promise<void> {
  isRefreshing = true
  while (isAskedAgain) {
    isAskedAgain = false
    const { data } = await attempt(api.GET('/conversations', { params: { query: { limit: 100 } } }))
    if (data) store.dispatch({ type: 'conversations', page: data })
  }
  isRefreshing = false
}

/** Threads that are loaded again when they are shown; what is being sent stays. */
function droppedLists<T extends { isLoaded: boolean }>(threads: Readonly<Record<string, T>>) {
  const entries = Object.entries(threads)
  return Object.fromEntries(entries.map(([id, one]) => [id, { ...one, isLoaded: false }]))
}

const loading = new Set<string>()

/** Loads the newest page of the conversation on the screen, and marks it as read, where that is needed. */
export async function showConversation({ store, api }: Context): Promise<void> {
  const { route, threads, user } = store.get()
  if (route.name !== 'conversation' || !user) return
  const { id } = route
  if (threads[id]?.isLoaded) return markRead({ store, api }, id)
  if (loading.has(id)) return
  loading.add(id)
  const query = { with: id, limit: 50 }
  const { data } = await attempt(api.GET('/messages', { params: { query } }))
  loading.delete(id)
  if (data) store.dispatch({ type: 'page', id, page: data })
  if (store.get().names[id] !== undefined) return
  const found = await attempt(api.GET('/users/{id}', { params: { path: { id } } }))
  if (found.data) store.dispatch({ type: 'named', users: [found.data] })
}

/** Adds the page before the oldest message. */
export async function loadOlder({ store, api }: Context, id: string): Promise<void> {
  const before = store.get().threads[id]?.nextCursor
  if (before === undefined) return
  const query = { with: id, limit: 50, before }
  const { data } = await attempt(api.GET('/messages', { params: { query } }))
  if (data) store.dispatch({ type: 'page', id, page: data })
}

let marked = ''

async function markRead({ store, api }: Context, userId: string): Promise<void> {
  const { conversations, threads } = store.get()
  const unread = conversations?.find((one) => one.with.id === userId)?.unread ?? 0
  const last = threads[userId]?.messages.findLast(({ from }) => from === userId)
  if (unread === 0 || !last || last.id === marked || !document.hasFocus()) return
  marked = last.id
  const options = { params: { path: { userId } }, body: { upTo: last.id } }
  const { problem } = await attempt(api.PUT('/conversations/{userId}/read', options))
  if (problem) marked = ''
}

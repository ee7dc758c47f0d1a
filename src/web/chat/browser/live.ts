/**
 * Keeps the state up to date: loads the lists when the stream has begun, so that nothing falls between the two, and
 * applies each event. Events carry names and counts, so they need no request.
 */

import { isEpistleError } from '../../../../openapi/client.ts'
import { leave, loadSettings } from './account.ts'
import { attempt, beginAgain, type Context, unreachable } from './api.ts'
import { textOf } from './texts.ts'

/** Follows the stream until `signal` is aborted, the session ends or the server refuses it for good. */
export async function followStream(context: Context, signal: AbortSignal): Promise<void> {
  const { store, api } = context
  const onState = (state: string) => store.set({ isOnline: state === 'open' })
  try {
    for await (const event of api.follow({ signal, onState })) {
      store.dispatch({ type: 'event', event })
      if (event.event === 'ready') {
        begun += 1
        tryAgain(context)
        void loadConversations(context)
        void loadBlocks(context)
      }
      if (showsInSettings.has(event.event)) void loadSettings(context)
    }
  } catch (error) {
    if (signal.aborted) return
    const problem = isEpistleError(error) ? error.problem : unreachable
    if (problem.code === 'unauthenticated') leave(context)
    else if (problem.code === 'position_unknown') beginAgain()
    else store.set({ isOnline: false, failure: textOf(problem) })
  }
}

const showsInSettings = new Set<string>(['ready', 'user_blocked', 'user_unblocked'])

/** Counts the streams that have begun: a list that was requested before the last one may lack events. */
let begun = 0

/** Loads the first page, or the one that `before` leads to. */
export async function loadConversations({ store, api }: Context, before?: string): Promise<void> {
  const at = begun
  const query = { limit: 50, ...(before !== undefined && { before }) }
  const { data, position, problem } = await attempt(
    api.GET('/conversations', { params: { query } }),
  )
  if (at !== begun) return
  if (problem) return store.set({ failure: textOf(problem) })
  const cursor = before === undefined ? {} : { before }
  store.dispatch({ type: 'conversations', page: data, at: position, ...cursor })
}

/** Loads who is blocked, whatever part of the conversations is loaded. */
async function loadBlocks({ store, api }: Context): Promise<void> {
  const ids: string[] = []
  let at: string | undefined
  let before: string | undefined
  do {
    const query = { limit: 100, ...(before !== undefined && { before }) }
    const { data, position } = await attempt(api.GET('/blocks', { params: { query } }))
    if (!data) return
    // Events since the first page win over what the pages show.
    at ??= position
    ids.push(...data.items.map(({ id }) => id))
    before = data.nextCursor
  } while (before !== undefined)
  store.dispatch({ type: 'blocks', ids, at })
}

/** The conversations that are loading, or failed to: they are not loaded again with each change of the state. */
const loading = new Set<string>()

/** Lets what failed to load be loaded again. */
export function tryAgain({ store }: Context): void {
  loading.clear()
  store.set({ failure: undefined })
}

/** Loads the newest page of the conversation on the screen, and marks it as read, where that is needed. */
export async function showConversation({ store, api }: Context): Promise<void> {
  const { route, threads, user } = store.get()
  if (route.name !== 'conversation' || !user) return
  const { id } = route
  if (threads[id]?.isLoaded) return markRead({ store, api }, id)
  if (loading.has(id)) return
  loading.add(id)
  const at = begun
  const query = { with: id, limit: 50 }
  const { data, problem } = await attempt(api.GET('/messages', { params: { query } }))
  if (problem) return store.set({ failure: textOf(problem) })
  loading.delete(id)
  if (at !== begun) return showConversation({ store, api })
  store.dispatch({ type: 'page', id, page: data })
  if (store.get().names[id] !== undefined) return
  const found = await attempt(api.GET('/users/{id}', { params: { path: { id } } }))
  if (found.data) store.dispatch({ type: 'named', users: [found.data] })
}

/** Adds the page before the oldest message. */
export async function loadOlder({ store, api }: Context, id: string): Promise<void> {
  const before = store.get().threads[id]?.nextCursor
  if (before === undefined) return
  const query = { with: id, limit: 50, before }
  const { data, problem } = await attempt(api.GET('/messages', { params: { query } }))
  if (problem) return store.set({ failure: textOf(problem) })
  store.dispatch({ type: 'page', id, page: { ...data, before } })
}

let marked = ''

async function markRead({ store, api }: Context, userId: string): Promise<void> {
  const { conversations, threads } = store.get()
  const unread = conversations.byId[userId]?.unread.value ?? 0
  const last = threads[userId]?.messages.findLast(({ from }) => from === userId)
  if (unread === 0 || !last || last.id === marked || !document.hasFocus()) return
  marked = last.id
  const options = { params: { path: { userId } }, body: { upTo: last.id } }
  const { problem } = await attempt(api.PUT('/conversations/{userId}/read', options))
  if (problem) marked = ''
}

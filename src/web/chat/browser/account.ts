/** What users do with their account: register, log in and out, end sessions, change the password, block. */

import { attempt, type Context } from './api.ts'
import { drafts } from './drafts.ts'
import { type Result, withNextPage } from './state.ts'
import { textOf } from './texts.ts'

type Values = Readonly<Record<string, string>>

/** Finds out who is logged in. */
export async function recognize({ store, api }: Context): Promise<void> {
  const { data, problem } = await attempt(api.GET('/users/me'))
  if (data) store.set({ user: data })
  else if (problem.code === 'unauthenticated') store.set({ user: null })
  else store.set({ failure: textOf(problem) })
}

export async function logIn(
  context: Context,
  { email = '', password = '' }: Values,
): Promise<Result> {
  const body = { email, password, cookie: true }
  const { problem } = await attempt(context.api.POST('/sessions', { body }))
  if (problem) return { problem }
  const { data } = await attempt(context.api.GET('/users/me'))
  if (!data) {
    const title = 'This browser does not keep the login over HTTP. Open the chat over HTTPS.'
    return { problem: { code: 'no_cookie', title } }
  }
  context.store.set({ user: data, route: { name: 'home' } })
  return {}
}

export async function register(context: Context, values: Values): Promise<Result> {
  const { email = '', username = '', password = '' } = values
  const body = { email, username, password }
  const { problem } = await attempt(context.api.POST('/users', { body }))
  if (problem) return { problem }
  if (context.store.get().settings?.emailVerificationRequired) {
    return { done: 'Open the link in the e-mail that we have sent you, then log in.' }
  }
  return logIn(context, values)
}

export async function requestReset({ api }: Context, { email = '' }: Values): Promise<Result> {
  const { problem } = await attempt(api.POST('/password-resets', { body: { email } }))
  if (problem) return { problem }
  return { done: 'If this address has an account, an e-mail with a link is on its way.' }
}

export async function resendVerification({ store, api }: Context): Promise<Result> {
  const email = store.get().user?.email ?? ''
  const { problem } = await attempt(api.POST('/email-verifications/resend', { body: { email } }))
  return problem ? { problem } : { done: 'The e-mail is on its way.' }
}

export async function changePassword(context: Context, values: Values): Promise<Result> {
  const { currentPassword = '', newPassword = '' } = values
  const body = { currentPassword, newPassword }
  const { problem } = await attempt(context.api.PUT('/users/me/password', { body }))
  if (problem) return { problem }
  await loadSettings(context)
  return { done: 'Your password was changed. All your other sessions were logged out.' }
}

export async function logOut({ store, api }: Context): Promise<void> {
  const { problem } = await attempt(api.DELETE('/sessions/current'))
  if (problem && problem.code !== 'unauthenticated') {
    return store.set({ failure: textOf(problem) })
  }
  drafts.clear()
  store.dispatch({ type: 'loggedOut' })
}

/** Shows the login, because the session has ended elsewhere. Messages that wait or were refused become a draft. */
export function leave({ store }: Context): void {
  if (!store.get().user) return
  for (const [id, { pending }] of Object.entries(store.get().threads)) {
    const texts = [...pending.map(({ content }) => content), drafts.of(id)]
    if (pending.length > 0) drafts.keep(id, texts.filter((text) => text !== '').join('\n'))
  }
  store.dispatch({ type: 'loggedOut' })
}

let loads = 0

/** Loads what the settings show. Changes elsewhere load it again, so the response of the last request counts. */
export async function loadSettings({ store, api }: Context): Promise<void> {
  if (store.get().route.name !== 'settings' || !store.get().user) return
  loads += 1
  const load = loads
  const query = { limit: 50 }
  const [sessions, blocks] = await Promise.all([
    attempt(api.GET('/sessions', { params: { query } })),
    attempt(api.GET('/blocks', { params: { query } })),
  ])
  if (load !== loads) return
  if (sessions.data) store.set({ sessions: sessions.data })
  if (blocks.data) store.set({ blocks: blocks.data })
  const problem = sessions.problem ?? blocks.problem
  if (problem) store.set({ failure: textOf(problem) })
}

/** Adds the page of sessions that `before` leads to. */
export async function loadMoreSessions({ store, api }: Context, before: string): Promise<void> {
  const query = { limit: 50, before }
  const { data, problem } = await attempt(api.GET('/sessions', { params: { query } }))
  if (problem) store.set({ failure: textOf(problem) })
  else store.set({ sessions: withNextPage(store.get().sessions, before, data) })
}

/** Adds the page of blocked users that `before` leads to. */
export async function loadMoreBlocks({ store, api }: Context, before: string): Promise<void> {
  const query = { limit: 50, before }
  const { data, problem } = await attempt(api.GET('/blocks', { params: { query } }))
  if (problem) store.set({ failure: textOf(problem) })
  else store.set({ blocks: withNextPage(store.get().blocks, before, data) })
}

/** Names a session; without a text, it has no name again. */
export async function nameSession(context: Context, id: string, text: string): Promise<Result> {
  const options = { params: { path: { id } }, body: { label: text.trim() || null } }
  const { problem } = await attempt(context.api.PATCH('/sessions/{id}', options))
  if (problem) return { problem }
  await loadSettings(context)
  return { done: 'The name was saved.' }
}

export async function endSession(context: Context, id: string): Promise<Result> {
  const options = { params: { path: { id } } }
  const { problem } = await attempt(context.api.DELETE('/sessions/{id}', options))
  if (problem) return { problem }
  await loadSettings(context)
  return { done: 'The session was logged out.' }
}

export async function endOtherSessions(context: Context): Promise<Result> {
  const { problem } = await attempt(context.api.DELETE('/sessions'))
  if (problem) return { problem }
  await loadSettings(context)
  return { done: 'All other sessions were logged out.' }
}

/** Blocks a user, or ends that. The event of it changes the conversation and the settings. */
export async function setBlocked(context: Context, userId: string, isBlocked: boolean) {
  const options = { params: { path: { userId } } }
  const { api, store } = context
  const { problem } = await attempt(
    isBlocked ? api.PUT('/blocks/{userId}', options) : api.DELETE('/blocks/{userId}', options),
  )
  store.set({ failure: problem && textOf(problem) })
}

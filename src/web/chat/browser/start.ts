/** Starts the chat: connects the address bar, the stream and the screen to the state. */

import { render } from 'lit-html'
import { loadSettings, recognize } from './account.ts'
import { attempt, type Context, createApi } from './api.ts'
import { followStream, showConversation } from './live.ts'
import type { Route } from './state.ts'
import { createStore } from './store.ts'
import { chatView } from './views/chat.ts'

/** Draws the chat into the page's body, for as long as the page lives. */
export function start(): void {
  const context: Context = { store: createStore(), api: createApi() }
  const { store, api } = context
  const root = document.createElement('div')
  document.body.append(root)
  store.subscribe(() => draw(context, root))
  store.subscribe(() => followWhileLoggedIn(context))
  store.subscribe(() => void showConversation(context))
  addEventListener('focus', () => void showConversation(context))
  addEventListener('hashchange', () => navigate(context))
  navigate(context)
  attempt(api.GET('/settings')).then(({ data }) => data && store.set({ settings: data }))
  recognize(context)
}

function navigate(context: Context): void {
  const route = toRoute(location.hash)
  const closed = { form: undefined, hits: undefined, people: undefined, editing: undefined }
  context.store.set({ ...closed, failure: undefined, route })
  if (route.name === 'settings') loadSettings(context)
  const target = route.name === 'conversation' ? 'content' : 'heading'
  setTimeout(() => document.getElementById(target)?.focus())
}

function toRoute(hash: string): Route {
  const [, name = '', id] = hash.split('/')
  if (name === 'with' && id) return { name: 'conversation', id }
  const names = ['login', 'register', 'forgot', 'new', 'search', 'settings'] as const
  return { name: names.find((one) => one === name) ?? 'home' }
}

/** Draws, and keeps the end of a conversation in view for readers who are there. */
function draw(context: Context, root: HTMLElement): void {
  const before = document.getElementById('messages')
  const shown = before?.ariaLabel
  const isAtEnd = !before || before.scrollHeight - before.scrollTop - before.clientHeight < 40
  render(chatView(context), root)
  const messages = document.getElementById('messages')
  if (messages && (isAtEnd || messages.ariaLabel !== shown))
    messages.scrollTop = messages.scrollHeight
  const unreadTotal = context.store.get().conversations.unreadTotal.value
  const name = document.body.dataset.name ?? ''
  document.title = unreadTotal > 0 ? `(${unreadTotal}) ${name}` : name
}

let following: { readonly user: string; readonly run: AbortController } | undefined

function followWhileLoggedIn(context: Context): void {
  const user = context.store.get().user?.id
  if (following?.user === user) return
  following?.run.abort()
  following = user === undefined ? undefined : { user, run: new AbortController() }
  if (following) void followStream(context, following.run.signal)
}

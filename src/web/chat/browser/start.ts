/** Starts the chat: connects the address bar, the stream and the screen to the state. */

import { render } from 'lit-html'
import { loadSettings, recognize } from './account.ts'
import { attempt, type Context, createApi } from './api.ts'
import { drafts } from './drafts.ts'
import { followStream, showConversation, tryAgain } from './live.ts'
import { forgetWaiting } from './outbox.ts'
import { toRoute } from './route.ts'
import { createStore } from './store.ts'
import { chatView } from './views/chat.ts'

/** Draws the chat into the page's body, for as long as the page lives. */
export function start(): void {
  const context: Context = { store: createStore(), api: createApi() }
  const { store, api } = context
  const root = document.createElement('div')
  document.body.append(root)
  // First, so that no user sees the drafts of the one before.
  store.subscribe(() => drafts.belongTo(store.get().user?.id))
  store.subscribe(() => draw(context, root))
  store.subscribe(() => followWhileLoggedIn(context))
  store.subscribe(() => void showConversation(context))
  addEventListener('focus', () => {
    tryAgain(context)
    void showConversation(context)
    // No event says that a session has begun or ended elsewhere.
    void loadSettings(context)
  })
  addEventListener('beforeunload', (event) => {
    const threads = Object.values(store.get().threads)
    if (threads.some(({ pending }) => pending.length > 0)) event.preventDefault()
  })
  addEventListener('hashchange', () => navigate(context))
  navigate(context)
  attempt(api.GET('/settings')).then(({ data }) => data && store.set({ settings: data }))
  recognize(context)
}

function navigate(context: Context): void {
  const route = toRoute(location.hash)
  tryAgain(context)
  context.store.set({
    form: undefined,
    hits: undefined,
    people: undefined,
    editing: undefined,
    reporting: undefined,
    route,
  })
  void loadSettings(context)
  const target = route.name === 'conversation' ? 'content' : 'heading'
  setTimeout(() => document.getElementById(target)?.focus())
}

/** Draws. An element with the focus can go, such as a removed row: then the screen's heading gets the focus. */
function draw(context: Context, root: HTMLElement): void {
  const place = readingPlace()
  const focused = document.activeElement
  render(chatView(context), root)
  keepInView(place)
  if (focused && !focused.isConnected) document.getElementById('heading')?.focus()
  const unreadTotal = context.store.get().conversations.unreadTotal.value
  const name = document.body.dataset.name ?? ''
  document.title = unreadTotal > 0 ? `(${unreadTotal}) ${name}` : name
}

interface Place {
  readonly thread: string | null | undefined
  readonly oldest: string | undefined
  /** From the top of the view to the end of the messages, px. */
  readonly toEnd: number
  readonly isAtEnd: boolean
}

function readingPlace(): Place {
  const messages = document.getElementById('messages')
  const toEnd = messages ? messages.scrollHeight - messages.scrollTop : 0
  return {
    thread: messages?.ariaLabel,
    oldest: messages?.querySelector<HTMLElement>('[data-id]')?.dataset.id,
    toEnd,
    isAtEnd: !messages || toEnd - messages.clientHeight < 40,
  }
}

/** Keeps the end of a conversation in view for readers who are there, and the same messages after older ones came. */
function keepInView({ thread, oldest, toEnd, isAtEnd }: Place): void {
  const messages = document.getElementById('messages')
  if (!messages) return
  const now = readingPlace()
  if (isAtEnd || now.thread !== thread) messages.scrollTop = messages.scrollHeight
  else if (now.oldest !== oldest) messages.scrollTop = messages.scrollHeight - toEnd
}

let following: { readonly user: string; readonly run: AbortController } | undefined

function followWhileLoggedIn(context: Context): void {
  const user = context.store.get().user?.id
  if (following?.user === user) return
  following?.run.abort()
  forgetWaiting()
  following = user === undefined ? undefined : { user, run: new AbortController() }
  if (following) void followStream(context, following.run.signal)
}

/** What the chat shows, and the actions that change it. Pure: no network, no DOM, no clock. */

import type { Schemas, StreamEvent } from '../../../../openapi/client.ts'
import {
  type ConversationPage,
  type Conversations,
  noConversations,
  withBlocks,
  withChange,
  withConversations,
} from './conversations.ts'
import {
  emptyThread,
  isAfter,
  type Message,
  type Page,
  type Pending,
  type Thread,
  withMessages,
  withoutPending,
  withPage,
  withPending,
  withReceipt,
} from './threads.ts'

export type Problem = Pick<Schemas['Problem'], 'title'> & {
  readonly code: string
  readonly detail?: string
  readonly errors?: readonly Schemas['FieldError'][]
}
export type Route =
  | { readonly name: 'login' | 'register' | 'forgot' | 'home' | 'new' | 'search' | 'settings' }
  | { readonly name: 'conversation'; readonly id: string }

/** The form that was submitted last. */
export interface FormState {
  readonly name: string
  readonly isBusy?: boolean
  readonly problem?: Problem
  readonly done?: string
}

/** How a form ends: with a message, or with a problem. */
export type Result = Omit<FormState, 'name'>

export interface State {
  /** undefined until the server has answered, null without a session. */
  readonly user?: Schemas['Profile'] | null
  readonly settings?: Schemas['Settings']
  readonly route: Route
  readonly isOnline: boolean
  readonly form?: FormState | undefined
  readonly conversations: Conversations
  /** By the id of the other user. */
  readonly threads: Readonly<Record<string, Thread>>
  /** Usernames by id. */
  readonly names: Readonly<Record<string, string | null>>
  readonly blocks: List<Schemas['Block']>
  readonly sessions: List<Schemas['Session']>
  readonly editing?: Editing | undefined
  /** The id of the message that is being reported. */
  readonly reporting?: string | undefined
  readonly people?: readonly Schemas['User'][] | undefined
  readonly hits?: (List<Message> & { readonly q: string }) | undefined
  /** Why something outside of a form failed. */
  readonly failure?: string | undefined
  /** Read aloud by screen readers. */
  readonly announcement: string
}

/** The part of a list that has been loaded. */
export interface List<T> {
  readonly items: readonly T[]
  /** Leads to the next page. */
  readonly nextCursor?: string | undefined
}

/** The list with the page that `before` led to; unchanged if another page has come since. */
export function withNextPage<T>(list: List<T>, before: string, page: List<T>): List<T> {
  if (before !== list.nextCursor) return list
  return { items: [...list.items, ...page.items], nextCursor: page.nextCursor }
}

/** The message that is being edited, as it was when the editing began. */
export interface Editing {
  readonly id: string
  readonly version: number
  readonly content: string
  /** The content of the message since it was changed elsewhere. */
  readonly theirs?: string
}

/** The name of a user; undefined if it is not known yet. A user without a username has deleted the account. */
export function nameOf({ names }: Pick<State, 'names'>, id: string): string | undefined {
  return names[id] === null ? 'Deleted user' : names[id]
}

export type Action =
  | { readonly type: 'set'; readonly values: Partial<State> }
  | ({ readonly type: 'conversations' } & ConversationPage)
  | { readonly type: 'blocks'; readonly ids: readonly string[]; readonly at: string }
  | { readonly type: 'named'; readonly users: readonly Schemas['User'][] }
  | { readonly type: 'page'; readonly id: string; readonly page: Page }
  | { readonly type: 'messages'; readonly messages: readonly Message[] }
  | { readonly type: 'event'; readonly event: StreamEvent }
  | { readonly type: 'pending'; readonly id: string; readonly pending: Pending }
  | { readonly type: 'dropped'; readonly id: string; readonly clientId: string }
  | { readonly type: 'loggedOut' }

export const initial: State = {
  route: { name: 'home' },
  isOnline: true,
  conversations: noConversations,
  threads: {},
  names: {},
  blocks: { items: [] },
  sessions: { items: [] },
  announcement: '',
}

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'set':
      return { ...state, ...action.values }
    case 'conversations':
      return {
        ...state,
        conversations: withConversations(state.conversations, action),
        names: { ...state.names, ...namesOf(action.page.items.map((one) => one.with)) },
      }
    case 'blocks':
      return { ...state, conversations: withBlocks(state.conversations, action.ids, action.at) }
    case 'named':
      return withNames(state, action.users)
    case 'page':
      return change(state, action.id, (thread) => withPage(thread, action.page))
    case 'messages':
      return action.messages.reduce(withMessage, state)
    case 'event':
      return withEvent(state, action.event)
    case 'pending':
      return change(state, action.id, (thread) => withPending(thread, action.pending))
    case 'dropped':
      return change(state, action.id, (thread) => withoutPending(thread, action.clientId))
    case 'loggedOut': {
      const { settings, isOnline } = state
      return { ...initial, user: null, isOnline, ...(settings && { settings }) }
    }
  }
}

/** The other person of a message. */
export function otherOf(state: State, { from, to }: Message): string {
  return from === state.user?.id ? to : from
}

/** A message that no event has brought: it changes the texts, not the counts. */
function withMessage(state: State, message: Message): State {
  const id = otherOf(state, message)
  const conversations = withChange(state.conversations, { id, message }, message.position)
  return change({ ...state, conversations }, id, (thread) => withMessages(thread, [message]))
}

function withEvent(state: State, event: StreamEvent): State {
  const { id: at } = event
  switch (event.event) {
    case 'message_sent':
    case 'message_edited':
    case 'message_deleted':
      return withMessageEvent(state, event.data, at, event.event === 'message_sent')
    case 'conversation_read': {
      const { with: id, withUsername: username, by, upTo, readAt } = event.data
      const named = withNames(state, [{ id, username }])
      const conversations = withChange(named.conversations, { ...event.data, id }, at)
      if (by === state.user?.id) return { ...named, conversations }
      const receipt = { by, upTo, readAt, at }
      return change({ ...named, conversations }, id, (thread) => withReceipt(thread, receipt))
    }
    case 'user_blocked':
    case 'user_unblocked': {
      const blocked = event.event === 'user_blocked'
      const conversations = withChange(state.conversations, { id: event.data.id, blocked }, at)
      return { ...withNames(state, [event.data]), conversations }
    }
    case 'ready':
      return { ...state, threads: toLoadAgain(state.threads) }
    default:
      return state
  }
}

/** Events are missing before `ready`: each thread loads again when it is shown. What is being sent stays. */
function toLoadAgain(threads: State['threads']): State['threads'] {
  const entries = Object.entries(threads)
  return Object.fromEntries(entries.map(([id, one]) => [id, { ...one, isLoaded: false }]))
}

function withMessageEvent(
  state: State,
  update: Schemas['MessageUpdate'],
  at: string,
  isNew: boolean,
): State {
  const { fromUsername, toUsername, unread, unreadTotal, ...message } = update
  const id = otherOf(state, message)
  // The newest first page contains all events up to its position, and so does the page that lists this user.
  const lists = isNew && isAfter(at, state.conversations.begunAt)
  const shown = { id, message, isNew: lists, unread, unreadTotal }
  const named = withNames(withMessage(state, message), [
    { id: message.from, username: fromUsername },
    { id: message.to, username: toUsername },
  ])
  const next = { ...named, conversations: withChange(named.conversations, shown, at) }
  if (!isNew || message.from === state.user?.id) return next
  const name = fromUsername ?? 'New message'
  return { ...next, announcement: `${name}: ${message.content ?? ''}` }
}

function change(state: State, id: string, by: (thread: Thread) => Thread): State {
  return { ...state, threads: { ...state.threads, [id]: by(state.threads[id] ?? emptyThread) } }
}

function withNames(state: State, users: readonly Schemas['User'][]): State {
  return { ...state, names: { ...state.names, ...namesOf(users) } }
}

function namesOf(users: readonly Schemas['User'][]) {
  return Object.fromEntries(users.map(({ id, username }) => [id, username]))
}

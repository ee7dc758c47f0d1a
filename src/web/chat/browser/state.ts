/** What the chat shows, and the actions that change it. Pure: no network, no DOM, no clock. */

import type { Schemas, StreamEvent } from '../../../../openapi/client.ts'
import { type Pending, type Thread, withMessages, withRead } from './threads.ts'

export type Problem = Pick<Schemas['Problem'], 'title'> & {
  readonly code: string
  readonly detail?: string
  readonly errors?: readonly { readonly pointer?: string; readonly message: string }[]
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

export interface State {
  /** undefined until the server has answered, null without a session. */
  readonly user?: Schemas['Profile'] | null
  readonly settings?: Schemas['Settings']
  readonly route: Route
  readonly isOnline: boolean
  readonly form?: FormState | undefined
  readonly conversations?: readonly Schemas['Conversation'][]
  readonly unreadTotal: number
  /** By the id of the other user. */
  readonly threads: Readonly<Record<string, Thread>>
  /** Usernames by id. */
  readonly names: Readonly<Record<string, string | null>>
  readonly blocks: readonly Schemas['Block'][]
  readonly sessions: readonly Schemas['Session'][]
  /** The message that is being edited. */
  readonly editing?: string | undefined
  readonly people?: readonly Schemas['User'][] | undefined
  readonly hits?: readonly Schemas['Message'][] | undefined
  /** Read aloud by screen readers. */
  readonly announcement: string
}

export type Action =
  | { readonly type: 'set'; readonly values: Partial<State> }
  | { readonly type: 'conversations'; readonly page: Schemas['ConversationPage'] }
  | { readonly type: 'named'; readonly users: readonly Schemas['User'][] }
  | { readonly type: 'page'; readonly id: string; readonly page: Schemas['MessagePage'] }
  | { readonly type: 'messages'; readonly messages: readonly Schemas['Message'][] }
  | { readonly type: 'event'; readonly event: StreamEvent }
  | { readonly type: 'pending'; readonly id: string; readonly pending: Pending }
  | { readonly type: 'dropped'; readonly id: string; readonly clientId: string }
  | { readonly type: 'loggedOut' }

export const initial: State = {
  route: { name: 'home' },
  isOnline: true,
  unreadTotal: 0,
  threads: {},
  names: {},
  blocks: [],
  sessions: [],
  announcement: '',
}

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'set':
      return { ...state, ...action.values }
    case 'conversations':
      return withConversations(state, action.page)
    case 'named':
      return { ...state, names: { ...state.names, ...namesOf(action.users) } }
    case 'page': {
      const { items, nextCursor } = action.page
      return change(state, action.id, (thread) => {
        const { nextCursor: _old, ...rest } = withMessages(thread, items)
        return { ...rest, isLoaded: true, ...(nextCursor && { nextCursor }) }
      })
    }
    case 'messages':
      return action.messages.reduce(withMessage, state)
    case 'event':
      return withEvent(state, action.event)
    case 'pending':
      return change(state, action.id, (thread) => ({
        ...thread,
        pending: [...without(thread.pending, action.pending.clientId), action.pending].sort(
          (one, other) => one.number - other.number,
        ),
      }))
    case 'dropped':
      return change(state, action.id, (thread) => ({
        ...thread,
        pending: without(thread.pending, action.clientId),
      }))
    case 'loggedOut': {
      const { settings, isOnline } = state
      return { ...initial, user: null, isOnline, ...(settings && { settings }) }
    }
  }
}

export const emptyThread: Thread = { messages: [], pending: [], isLoaded: false }

/** The other person of a message. */
export function otherOf(state: State, { from, to }: Schemas['Message']): string {
  return from === state.user?.id ? to : from
}

function withConversations(state: State, page: Schemas['ConversationPage']): State {
  const { items: conversations, unreadTotal } = page
  const names = namesOf(conversations.map((one) => one.with))
  return { ...state, conversations, unreadTotal, names: { ...state.names, ...names } }
}

function withMessage(state: State, message: Schemas['Message']): State {
  return change(state, otherOf(state, message), (thread) => withMessages(thread, [message]))
}

function withEvent(state: State, event: StreamEvent): State {
  if (event.event === 'conversation_read') {
    return change(state, event.data.with, (thread) => withRead(thread, event.data))
  }
  if (!/^message_(sent|edited|deleted)$/.test(event.event)) return state
  const message = event.data as Schemas['Message']
  const next = withMessage(state, message)
  if (event.event !== 'message_sent' || message.from === state.user?.id) return next
  const name = state.names[message.from] ?? 'New message'
  return { ...next, announcement: `${name}: ${message.content ?? ''}` }
}

function change(state: State, id: string, by: (thread: Thread) => Thread): State {
  return { ...state, threads: { ...state.threads, [id]: by(state.threads[id] ?? emptyThread) } }
}

function without(pending: readonly Pending[], clientId: string): Pending[] {
  return pending.filter((one) => one.clientId !== clientId)
}

function namesOf(users: readonly Schemas['User'][]) {
  return Object.fromEntries(users.map(({ id, username }) => [id, username]))
}

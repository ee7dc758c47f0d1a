// A server as the chat's state sees it: a log, snapshots of it, and responses and events on their way. It stands in
// for the network's order, not for our server's rules.

import type { StreamEvent } from '../../openapi/client.ts'
import type { Action, State } from '../../src/web/chat/browser/state.ts'
import type { Message } from '../../src/web/chat/browser/threads.ts'

const me = 'me'
type Take = (action: Action) => void
/** A response on its way. It is void when the stream has begun again since the request. */
interface OnItsWay {
  readonly action: Action
  readonly connection: number
}

export class PlayedServer {
  readonly others = ['ada', 'bob', 'cyd'] as const
  readonly user = {
    id: me,
    username: me,
    email: 'me@example.org',
    emailVerified: true,
  } as NonNullable<State['user']>
  #position = 0
  #messages: Message[] = []
  #readUpTo = new Map<string, number>()
  #blocked = new Set<string>()
  #responses: OnItsWay[] = []
  #events: StreamEvent[] = []
  #delivered: StreamEvent[] = []
  #connection = 0

  /** Begins the stream: what was on its way is lost, and `ready` arrives. */
  connect(take: Take): void {
    this.#connection += 1
    this.#events = []
    this.#delivered = []
    take({ type: 'event', event: { id: String(this.#position), event: 'ready', data: {} } })
    for (const id of ['', ...this.others]) this.#request(id)
    this.#respond({ type: 'blocks', ids: [...this.#blocked], at: String(this.#position) })
  }

  /** Requests a list or the messages of a user: the response is of now and arrives later. */
  #request(id: string, before?: string): void {
    this.#respond(id === '' ? this.#conversationPage(before) : this.#messagePage(id, before))
  }

  ask(kind: number, pick: number, state: State): void {
    const id = kind === 0 ? '' : (this.others[pick % 3] ?? 'ada')
    const cursor = id === '' ? state.conversations.nextCursor : state.threads[id]?.nextCursor
    this.#request(id, cursor)
  }

  act(kind: number, pick: number): void {
    const other = this.others[pick % 3] ?? 'ada'
    const isOwn = pick % 2 === 0
    if (kind <= 1) this.#send(other, isOwn, `m${this.#position}`)
    else if (kind <= 3) this.#change(pick, kind === 3)
    else if (kind === 4) this.#read(other, isOwn)
    else this.#block(other)
  }

  /** Delivers a response, or the next event; `twice` delivers the last events again. */
  deliver(pick: number, twice: boolean, take: Take): void {
    if (pick % 2 === 1 && this.#responses.length > 0) {
      const [one] = this.#responses.splice(pick % this.#responses.length, 1)
      if (one && (one.connection === this.#connection || isKept(one.action))) take(one.action)
      return
    }
    const event = this.#events.shift()
    if (event) this.#delivered.push(event)
    if (event) take({ type: 'event', event })
    if (twice) for (const again of this.#delivered) take({ type: 'event', event: again })
  }

  deliverAll(take: Take): void {
    while (this.#events.length > 0) this.deliver(0, false, take)
    while (this.#responses.length > 0) this.deliver(1, false, take)
  }

  messagesWith(id: string): Message[] {
    return this.#messages.filter((one) => one.from === id || one.to === id)
  }

  unreadOf(id: string): number {
    const read = this.#readUpTo.get(`me ${id}`) ?? 0
    return this.messagesWith(id).filter((one) => one.to === me && Number(one.position) > read)
      .length
  }

  unreadTotal(): number {
    return this.others.reduce((sum, id) => sum + this.unreadOf(id), 0)
  }

  conversations() {
    return this.others
      .flatMap((id) => {
        const last = this.messagesWith(id).at(-1)
        return last ? { id, last, unread: this.unreadOf(id), blocked: this.#blocked.has(id) } : []
      })
      .sort((one, other) => Number(other.last.position) - Number(one.last.position))
  }

  #respond(action: Action): void {
    this.#responses.push({ action, connection: this.#connection })
  }

  #conversationPage(before?: string): Action {
    const all = this.conversations().filter(
      ({ last }) => !before || Number(last.position) < Number(before),
    )
    const items = all.slice(0, 2).map(({ id, last, unread, blocked }) => {
      return { with: { id, username: id }, lastMessage: last, unread, blocked }
    })
    const nextCursor = all.length > 2 ? items.at(-1)?.lastMessage.position : undefined
    const page = { items, unreadTotal: this.unreadTotal(), ...(nextCursor && { nextCursor }) }
    return { type: 'conversations', page, at: String(this.#position), ...(before && { before }) }
  }

  #messagePage(id: string, before?: string): Action {
    const all = this.messagesWith(id)
      .filter(({ position }) => !before || Number(position) < Number(before))
      .reverse()
    const items = all.slice(0, 3)
    const nextCursor = all.length > 3 ? items.at(-1)?.position : undefined
    const page = {
      items,
      newestCursor: '',
      ...(nextCursor && { nextCursor }),
      ...(before && { before }),
    }
    return { type: 'page', id, page }
  }

  #counts(id: string) {
    return { unread: this.unreadOf(id), unreadTotal: this.unreadTotal() }
  }

  /** Sending marks what the other has written as read. */
  #send(other: string, isOwn: boolean, content: string): void {
    if (isOwn) this.#read(other, true)
    this.#position += 1
    const at = String(this.#position)
    const [from, to] = isOwn ? [me, other] : [other, me]
    const message: Message = { id: at, from, to, content, sentAt: at, position: at, version: 1 }
    this.#messages.push(message)
    const clientId = `client ${at}`
    this.#announce('message_sent', isOwn ? { ...message, clientId } : message)
    if (!isOwn) return
    this.#respond({
      type: 'pending',
      id: other,
      pending: { clientId, number: Number(at), content },
    })
    this.#respond({ type: 'messages', messages: [{ ...message, clientId }] })
  }

  #change(pick: number, isDeleted: boolean): void {
    const index = pick % Math.max(1, this.#messages.length)
    const known = this.#messages[index]
    if (!known || known.content === null) return
    this.#position += 1
    const content = isDeleted ? null : `${known.content}e`
    const message = { ...known, version: known.version + 1, content }
    this.#messages[index] = message
    this.#announce(isDeleted ? 'message_deleted' : 'message_edited', message)
  }

  #announce(event: 'message_sent' | 'message_edited' | 'message_deleted', message: Message): void {
    const names = { fromUsername: message.from, toUsername: message.to }
    const counts = message.to === me ? this.#counts(message.from) : {}
    const data = { ...message, ...names, ...counts }
    this.#events.push({ id: String(this.#position), event, data })
  }

  #read(other: string, isOwn: boolean): void {
    const [by, from] = isOwn ? [me, other] : [other, me]
    const last = this.messagesWith(other).findLast((one) => one.from === from)
    const key = `${by} ${from}`
    if (!last || (this.#readUpTo.get(key) ?? 0) >= Number(last.position)) return
    this.#position += 1
    this.#readUpTo.set(key, Number(last.position))
    const readAt = `read ${this.#position}`
    this.#messages = this.#messages.map((one) => {
      const isRead = !isOwn && one.from === me && one.to === other && !one.readAt
      return isRead ? { ...one, readAt } : one
    })
    const names = { withUsername: other, byUsername: by }
    const counts = isOwn ? this.#counts(other) : {}
    const data = { with: other, by, upTo: last.id, readAt, ...names, ...counts }
    this.#events.push({ id: String(this.#position), event: 'conversation_read', data })
  }

  #block(id: string): void {
    this.#position += 1
    const at = String(this.#position)
    const data = { id, username: id, blockedAt: at }
    if (this.#blocked.delete(id)) this.#events.push({ id: at, event: 'user_unblocked', data })
    else {
      this.#blocked.add(id)
      this.#events.push({ id: at, event: 'user_blocked', data })
    }
  }
}

/** The chat takes these from before the stream began again, too: answers to a user's own acts, and older pages. */
function isKept(action: Action): boolean {
  return action.type === 'messages' || (action.type === 'page' && action.page.before !== undefined)
}

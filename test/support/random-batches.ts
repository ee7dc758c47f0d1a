// Random batches of single events of one type: good ones, and ones that every rule refuses.
import type { AppendRequest, Event } from './append-requests.ts'
import { idOf } from './ids.ts'

/** Numbers from 0 to below 1 that a seed determines (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Versions of streams that are in the log, by which batches come close to being good. */
export type Versions = ReadonlyMap<string, number>

type Draft = Pick<Event, 'stream_id' | 'type' | 'data'>

/** Generates batches. The ids are few, so that events of one stream, duplicates and conflicts are frequent. */
export class RandomBatches {
  readonly #random: () => number
  #last = 100_000
  readonly #ids: string[] = []

  constructor(seed: number) {
    this.#random = randomOf(seed)
  }

  next(versions: Versions): AppendRequest[] {
    const draft = this.#pick(this.#drafts)
    const key = this.#chance(0.3) ? this.#session() : undefined
    return Array.from({ length: this.#pick([1, 1, 1, 2, 3, 8]) }, () =>
      this.#request(draft(), versions, key),
    )
  }

  #request(draft: Draft, versions: Versions, key: string | undefined): AppendRequest {
    const known = versions.get(draft.stream_id) ?? 0
    const event: Event = {
      // Often of another event.
      id: this.#chance(0.04) && this.#ids.length > 0 ? this.#pick(this.#ids) : idOf(++this.#last),
      ...draft,
      stream_version: known + 1 + (this.#chance(0.08) ? this.#pick([-1, 1]) : 0),
      ...(this.#chance(0.7) && { metadata: { actor: this.#user(), requestId: '"\\{},é' } }),
    }
    this.#ids.push(event.id ?? '')
    if (this.#chance(0.01)) event.data = { ...event.data, unknown: 1 }
    if (this.#chance(0.01)) event.stream_id = idOf(99)
    const expects = key && !this.#chance(0.2) ? [{ read_table: 'sessions_10', key }] : undefined
    return { events: [event], ...(expects && { expects }) } as AppendRequest
  }

  readonly #drafts: (() => Draft)[] = [
    () => {
      const id = this.#chance(0.5) ? this.#user() : idOf(20 + this.#below(40))
      const email = this.#chance(0.1) ? null : `${this.#below(14)}@Example.com`
      const username = this.#pick([null, `user${this.#below(14)}`, `user${this.#below(14)}`, 'No!'])
      const data = { id, email, password_hash: 'x', username }
      return { stream_id: id, type: 'user_registered_1', data }
    },
    () => this.#message(),
    () => this.#message(),
    () => this.#message(),
    () => this.#ofMessage('message_edited_5', { content: `edited ${this.#below(9)}` }),
    () => this.#ofMessage('message_deleted_5', {}),
    () => this.#ofUser('password_changed_2', { password_hash: 'y', session_id: this.#session() }),
    () => this.#ofUser('password_rehashed_4', { password_hash: 'z' }),
    () => this.#ofUser('username_changed_9', { username: `user${this.#below(14)}` }),
    () => this.#block('user_blocked_6'),
    () => this.#block('user_blocked_6'),
    () => this.#block('user_unblocked_6'),
    () => {
      const id = this.#session()
      const token_hash = `\\x${Buffer.from(id).toString('hex')}`
      const data = {
        id,
        user_id: this.#user(),
        token_hash,
        expires_at: '2040-01-01T00:00:00+02:00',
      }
      return this.#chance(0.5)
        ? { stream_id: id, type: 'session_started_0', data }
        : { stream_id: id, type: 'session_started_10', data: { ...data, label: this.#label() } }
    },
    () => {
      const id = this.#session()
      const data = { id, user_id: this.#user(), label: this.#label() }
      return { stream_id: id, type: 'session_labelled_10', data }
    },
    () => {
      const id = this.#session()
      return { stream_id: id, type: 'session_ended_0', data: { id, user_id: this.#user() } }
    },
  ]

  #label(): string | null {
    return this.#pick([null, 'phone', ''])
  }

  #message(): Draft {
    const id = idOf(1000 + (this.#chance(0.7) ? ++this.#last : this.#below(30)))
    const content = this.#pick(['Hello', '"quoted" \\ {a,b}', 'null', '', '世界 👋\n'])
    const dst_id = this.#chance(0.06) ? idOf(9) : this.#user()
    const data = { id, src_id: this.#user(), dst_id, content }
    return { stream_id: id, type: 'message_sent_3', data }
  }

  #ofUser(type: string, data: object): Draft {
    const user_id = this.#user()
    return { stream_id: user_id, type, data: { id: idOf(++this.#last), user_id, ...data } }
  }

  #ofMessage(type: string, data: object): Draft {
    const message_id = idOf(1000 + this.#below(30))
    const [src_id, dst_id] = [this.#user(), this.#user()]
    const all = { id: idOf(++this.#last), message_id, src_id, dst_id, ...data }
    return { stream_id: message_id, type, data: all }
  }

  #block(type: string): Draft {
    const [user, blocked] = [this.#below(6), this.#below(6)]
    const id = idOf(6000 + 10 * user + blocked)
    return { stream_id: id, type, data: { id, user_id: idOf(user), blocked_id: idOf(blocked) } }
  }

  #user = () => idOf(this.#below(6))
  #session = () => idOf(500 + this.#below(6))
  #below = (n: number) => Math.floor(this.#random() * n)
  #chance = (p: number) => this.#random() < p
  #pick = <T>(of: readonly T[]): T => of[this.#below(of.length)] as T
}

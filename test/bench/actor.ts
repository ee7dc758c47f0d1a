// The users of the bench and their append requests, of realistic size: argon2id hashes, messages of a
// hundred characters, ids that grow with time.
import { randomBytes, randomInt } from 'node:crypto'
import {
  type AppendRequest,
  toAppendRequest,
} from '../../src/platform/event-store/append-request.ts'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'

const passwordHash = `$argon2id$v=19$m=19456,t=2,p=1$${'s'.repeat(22)}$${'h'.repeat(43)}`
export const content = 'A message as long as most that people write.'.padEnd(100, '.')

/** How many of a hundred requests are of each kind; the rest are messages. */
export interface Shares {
  readonly register: number
  readonly password: number
  readonly session: number
}

/** Acts for users for which no other actor acts, so none of its requests is ever rejected. */
export class Actor {
  readonly users: string[] = []
  readonly #shares: Shares
  readonly #recipients: readonly string[]
  readonly #versions = new Map<string, number>()
  #session: { id: string; user_id: string } | undefined

  /** Recipients are the users given, or else those that this actor registers. */
  constructor(shares: Shares, recipients?: readonly string[]) {
    this.#shares = shares
    this.#recipients = recipients ?? this.users
  }

  /** The next request, drawn by the shares. */
  next(): AppendRequest {
    const { register, password, session } = this.#shares
    const draw = randomInt(100)
    if (this.users.length < 10 || draw < register) return this.register()
    if (draw < register + password) return this.changePassword()
    if (draw < register + password + session) return this.startOrEndSession()
    return this.sendMessage()
  }

  register(password_hash = passwordHash): AppendRequest {
    const id = uuidV7()
    this.users.push(id)
    const username = id.replaceAll('-', '').slice(0, 30)
    const user = { id, email: emailOf(id), password_hash, username }
    return requestOf(id, 1, 'user_registered_1', user)
  }

  changePassword(): AppendRequest {
    const user_id = oneOf(this.users)
    const version = (this.#versions.get(user_id) ?? 1) + 1
    this.#versions.set(user_id, version)
    if (this.#session?.user_id === user_id) this.#session = undefined // it ends with the password
    const data = { id: uuidV7(), user_id, password_hash: passwordHash, session_id: null }
    return requestOf(user_id, version, 'password_changed_2', data)
  }

  startOrEndSession(): AppendRequest {
    const open = this.#session
    if (open) {
      this.#session = undefined
      return requestOf(open.id, 2, 'session_ended_0', open)
    }
    const [id, user_id] = [uuidV7(), oneOf(this.users)]
    this.#session = { id, user_id }
    return startSession(id, user_id, `\\x${randomBytes(32).toString('hex')}`)
  }

  sendMessage(): AppendRequest {
    const id = uuidV7()
    const message = { id, src_id: oneOf(this.users), dst_id: oneOf(this.#recipients), content }
    return requestOf(id, 1, 'message_sent_3', message)
  }
}

export function emailOf(id: string): string {
  return `${id}@example.com`
}

/** A session that outlasts every bench; `token_hash` is the SHA-256 of its token. */
export function startSession(id: string, user_id: string, token_hash: string): AppendRequest {
  const session = { id, user_id, token_hash, expires_at: '2040-01-01T00:00:00Z' }
  return requestOf(id, 1, 'session_started_0', session)
}

export function oneOf<T>(all: readonly T[]): T {
  return all[randomInt(all.length)] as T
}

function requestOf(
  stream_id: string,
  stream_version: number,
  type: string,
  data: Record<string, unknown>,
): AppendRequest {
  const decision = {
    aggregate: { tables: { [type]: type } },
    streamId: stream_id,
    expectedVersion: stream_version - 1,
    events: [{ type, data }],
  }
  return toAppendRequest([decision])
}

// Append requests as log.append takes them, for tests that use the database without the service.
import type { ClientBase } from 'pg'

export interface Event {
  id?: string
  stream_id: string
  stream_version: number
  type: string
  metadata?: unknown
  data: Record<string, unknown>
}

export interface AppendRequest {
  events: Event[]
  expects?: ({ stream_id: string; version: number } | { read_table: string; key: string })[]
}

/** The result of a request: accepted, refused, or null if it was not tried. */
export type AppendResult = {
  position?: string
  recorded_at?: string
  sqlstate?: string
  constraint?: string | null
  event?: number
} | null

/** One call of log.append; returns a result for each request. */
export async function append(
  client: ClientBase,
  requests: readonly AppendRequest[],
): Promise<AppendResult[]> {
  const { rows } = await client.query<{ results: AppendResult[] }>(
    'select log.append($1::jsonb) as results',
    [JSON.stringify(requests)],
  )
  return rows[0]?.results ?? []
}

function request(
  stream_id: string,
  stream_version: number,
  type: string,
  data: Record<string, unknown>,
): AppendRequest {
  return { events: [{ stream_id, stream_version, type, data }] }
}

/** Registers a user in the shape of release 1; the address contains the id. */
export function userRegistered(id: string, data: Record<string, unknown> = {}): AppendRequest {
  const email = `${id}@example.com`
  const user = { id, email, password_hash: 'hash', username: null, ...data }
  return request(id, 1, 'user_registered_1', user)
}

/** Changes a user's password; the nth event of the user's stream. */
export function passwordChanged(
  user_id: string,
  version: number,
  password_hash = 'new',
): AppendRequest {
  const data = { id: user_id, user_id, password_hash, session_id: null }
  return request(user_id, version, 'password_changed_2', data)
}

export function messageSent(
  id: string,
  src_id: string,
  dst_id: string,
  content = `message ${id}`,
): AppendRequest {
  return request(id, 1, 'message_sent_3', { id, src_id, dst_id, content })
}

/** A user blocks another user, for the first time. */
export function userBlocked(id: string, user_id: string, blocked_id: string): AppendRequest {
  return request(id, 1, 'user_blocked_6', { id, user_id, blocked_id })
}

/** Starts a session; the token contains the id. */
export function sessionStarted(
  id: string,
  user_id: string,
  expires_at = '2040-01-01T00:00:00Z',
): AppendRequest {
  const token_hash = `\\x${Buffer.from(id).toString('hex')}`
  const data = { id, user_id, token_hash, expires_at }
  return request(id, 1, 'session_started_0', data)
}

/** The request, expecting that a session has not ended. */
export function inSession(session: string, request: AppendRequest): AppendRequest {
  return { ...request, expects: [{ read_table: 'sessions_10', key: session }] }
}

export function sessionEnded(id: string, user_id: string): AppendRequest {
  return request(id, 2, 'session_ended_0', { id, user_id })
}

// The frozen statements of release 10's code: messages with their version, sessions that slide, and their labels. Messages
// are sent, edited and deleted as in release 5.

import { createHash } from 'node:crypto'

export const findMessage = {
  name: '10.findMessage',
  text: `select id, src_id, dst_id, content, edited_at, deleted_at, version, position
         from read.messages_10 where id = $1`,
}

export const findSession = {
  name: '10.findSession',
  text: `select s.id, s.label from read.sessions_10 s left join sessions.uses u on u.session_id = s.id
         where s.token_hash = sha256(convert_to($1, 'UTF8')) and greatest(s.expires_at, u.expires_at) > now()`,
}

interface Started {
  readonly id: string
  readonly userId: string
  readonly token: string
}

/** The append request with which release 10 starts a session. */
export function sessionStarted({ id, userId, token }: Started): unknown[] {
  const data = {
    id,
    user_id: userId,
    token_hash: `\\x${createHash('sha256').update(token).digest('hex')}`,
    expires_at: '2040-01-01T00:00:00Z',
    idle_days: 30,
    ends_at: null,
    user_agent: 'Mozilla/5.0',
    label: null,
  }
  return [{ events: [{ stream_id: id, stream_version: 1, type: 'session_started_10', data }] }]
}

/** The append request with which release 10 labels a session for the first time. */
export function sessionLabelled({ id, userId }: Started, label: string): unknown[] {
  const data = { id, user_id: userId, label }
  return [{ events: [{ stream_id: id, stream_version: 2, type: 'session_labelled_10', data }] }]
}

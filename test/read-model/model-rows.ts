// What each read table holds if the model is right: its rows by id, in the columns that the model
// knows of. Times are the database's.
import type { Row } from './contents.ts'
import type { Model } from './model.ts'
import { messageId, sessionId, tokenHash, userId } from './wishes.ts'

/** The rows of every read table of releases 0 to 4. Positions are numbers, as in JSON. */
export function expectedRows(model: Model): Record<string, Row[]> {
  const users = byId(model.users, ([n, user]) => ({
    id: userId(n),
    email: user.email,
    password_hash: user.hash,
    username: user.username,
    position: Number(user.position),
  }))
  const sessions = byId(model.sessions, ([n, session]) => ({
    id: sessionId(n),
    user_id: userId(session.user),
    token_hash: tokenHash(session.token),
    position: Number(session.position),
  }))
  const messages = byId(model.messages, ([n, message]) => ({
    id: messageId(n),
    src_id: userId(message.from),
    dst_id: userId(message.to),
    content: message.content,
    position: Number(message.position),
  }))
  return {
    user_ids_0: users.map(({ id }) => ({ id })),
    users_0: users.map(({ username: _, ...user }) => user),
    users_1: users,
    users_2: users,
    sessions_0: sessions,
    sessions_2: sessions,
    messages_3: messages,
  }
}

function byId<Thing, R extends Row>(
  things: ReadonlyMap<number, Thing>,
  toRow: (entry: [number, Thing]) => R,
): R[] {
  return [...things].sort(([a], [b]) => a - b).map(toRow)
}

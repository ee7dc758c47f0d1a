// What each read table holds if the model is right: its rows by id, in the columns that the model
// knows of. Times are the database's.
import type { Row } from './contents.ts'
import type { Model } from './model.ts'
import { messageId, sessionId, tokenHash, userId } from './random-command.ts'

/** The rows of every read table. Positions are numbers, as in JSON. */
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
  const ids = [...model.users.keys()].sort().map((n) => [n, userId(n)] as const)
  const conversations = ids.flatMap(([user, user_id]) =>
    ids.flatMap(([partner, with_id]) => {
      const messages = model.between(user, partner)
      const last = messages.at(-1)
      if (!last) return []
      const received = messages.filter(({ from, to }) => to === user && from !== user)
      return {
        user_id,
        with_id,
        last_id: messageId(last.id),
        last_position: Number(last.position),
        read_position: model.readPosition(user, partner),
        received_position: Number(received.at(-1)?.position ?? 0),
      }
    }),
  )
  const receipts = model.receipts.map((receipt) => ({
    user_id: userId(receipt.user),
    with_id: userId(receipt.with),
    position: Number(receipt.position),
    up_to_position: Number(receipt.upTo),
  }))
  receipts.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
  const blocks = [...model.blocks].sort().map(([pair, position]) => {
    const [user_id, blocked_id] = pair.split(' ').map((n) => userId(Number(n)))
    return { user_id, position: Number(position), blocked_id }
  })
  return {
    user_ids_0: users.map(({ id }) => ({ id })),
    users_0: users.map(({ username: _, ...user }) => user),
    users_1: users,
    users_2: users,
    sessions_0: sessions,
    sessions_2: sessions,
    messages_3: messages.filter(({ content }) => content !== null),
    messages_5: messages,
    conversations_4: conversations,
    receipts_4: receipts,
    blocks_6: blocks,
    ...model.tallies.rows(),
    ...model.proofs.rows(),
  }
}

function placeOf(receipt: Row): string {
  return `${receipt.user_id},${receipt.with_id},${receipt.up_to_position}`
}

function byId<Thing, R extends Row>(
  things: ReadonlyMap<number, Thing>,
  toRow: (entry: [number, Thing]) => R,
): R[] {
  return [...things].sort(([a], [b]) => a - b).map(toRow)
}

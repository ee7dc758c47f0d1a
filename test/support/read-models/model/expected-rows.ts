// The rows of each read table according to the model, in the columns that the model has. Times are
// missing: the database sets them.
import type { Row } from '../contents.ts'
import type { Model } from './model.ts'
import {
  messageId,
  reportId,
  requestId,
  requestTokenHash,
  sessionId,
  tokenHash,
  userId,
} from './random-command.ts'
import type { OfUser, State } from './state.ts'

/** The rows of every read table, in the order of `contentsOf`. Positions are numbers, as in JSON. */
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
    label: session.label,
    position: Number(session.position),
  }))
  const oldSessions = sessions.map(({ label: _, ...session }) => session)
  const messages = byId(model.messages, ([n, message]) => ({
    id: messageId(n),
    src_id: userId(message.from),
    dst_id: userId(message.to),
    content: message.content,
    version: message.version,
    position: Number(message.position),
  }))
  return {
    user_ids_0: users.map(({ id }) => ({ id })),
    users_0: users.map(({ username: _, ...user }) => user),
    users_1: users,
    users_2: users,
    sessions_0: oldSessions,
    sessions_2: oldSessions,
    sessions_10: sessions,
    messages_3: withoutVersion(messages).filter(({ content }) => content !== null),
    messages_5: withoutVersion(messages),
    messages_10: messages,
    conversations_4: conversations(model),
    receipts_4: receipts(model),
    blocks_6: blocks(model.blocks),
    block_changes_10: ofUsers(model.blockChanges),
    personal_events_11: ofUsers(model.personalEvents),
    ...departed(model),
    ...model.statisticsAndHistory.rows(),
    ...model.tokensAndEmails.rows(),
    ...changedNames(model),
  }
}

function withoutVersion(messages: readonly Row[]): Row[] {
  return messages.map(({ version: _, ...message }) => message)
}

/** The tables of releases 12 and 17. A user who left or was erased has a row of `blocks_12` with both ids. */
function departed(state: State): Record<string, Row[]> {
  const pairs = [...state.silent].map(([n, position]) => [`${n} ${n}`, position] as const)
  return {
    blocks_12: blocks([...state.blocks, ...pairs]),
    departed_users_12: byId(state.departed, ([n, position]) => ({
      id: userId(n),
      position: Number(position),
    })),
    ...moderation(state),
  }
}

/** The tables of release 17. A suspended user has a row of `blocks_17` with both ids, and so has a departed one. */
function moderation({ blocks, silent, suspended, reports }: State): Record<string, Row[]> {
  const pairs = [...blocks].map(([pair, position]) => [pair, position, false, false] as const)
  const own = [...new Set([...silent.keys(), ...suspended.keys()])].map((n) => {
    const position = silent.get(n) ?? suspended.get(n)?.since ?? ''
    return [`${n} ${n}`, position, silent.has(n), suspended.has(n)] as const
  })
  const flagged = [...pairs, ...own].sort().map(([pair, position, ...[departed, suspended]]) => {
    return { ...blockRow(pair, position), departed, suspended }
  })
  return {
    blocks_17: flagged,
    suspended_users_17: [...suspended]
      .sort(([a], [b]) => a - b)
      .map(([n, { reason, position }]) => ({
        ...{ user_id: userId(n), reason, actor: 'root', position: Number(position) },
      })),
    reports_17: byId(reports, ([n, { user, message, sender, reason, outcome, position }]) => ({
      ...{ id: reportId(n), user_id: userId(user), message_id: messageId(message) },
      ...{ reported_id: userId(sender), reason, outcome, position: Number(position) },
    })),
  }
}

function conversations(state: State): Row[] {
  const ids = [...state.users.keys()].sort().map((n) => [n, userId(n)] as const)
  return ids.flatMap(([least, least_id]) =>
    ids.flatMap(([greatest, greatest_id]) => {
      const messages = state.between(least, greatest)
      const last = messages.at(-1)
      if (!last || least_id > greatest_id) return []
      const receivedBy = (user: number) =>
        Number(messages.findLast(({ from, to }) => to === user && from !== user)?.position ?? 0)
      return {
        least_id,
        greatest_id,
        last_position: Number(last.position),
        received_by_least_position: receivedBy(least),
        received_by_greatest_position: receivedBy(greatest),
        read_by_least_position: state.readPosition(least, greatest),
        read_by_greatest_position: state.readPosition(greatest, least),
      }
    }),
  )
}

function receipts(state: State): Row[] {
  const rows = state.receipts.map((receipt) => ({
    user_id: userId(receipt.user),
    with_id: userId(receipt.with),
    position: Number(receipt.position),
    up_to_position: Number(receipt.upTo),
  }))
  const key = (row: Row) => `${row.user_id},${row.with_id},${row.up_to_position}`
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

function blocks(pairs: Iterable<readonly [string, string]>): Row[] {
  return [...pairs].sort().map(([pair, position]) => blockRow(pair, position))
}

function blockRow(pair: string, position: string): Row {
  const [user_id, blocked_id] = pair.split(' ').map((n) => userId(Number(n)))
  return { user_id, position: Number(position), blocked_id }
}

function ofUsers(events: readonly OfUser[]): Row[] {
  const rows = events.map(({ user, position }) => ({
    user_id: userId(user),
    position: Number(position),
  }))
  const text = ({ user_id, position }: (typeof rows)[number]) => `(${user_id},${position})`
  return rows.sort((a, b) => (text(a) < text(b) ? -1 : 1))
}

function reservedUsernames({ reservedUsernames }: State): Row[] {
  return [...reservedUsernames]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([username, { user, position }]) => ({
      username,
      user_id: userId(user),
      position: Number(position),
    }))
}

function changedNames(state: State): Record<string, Row[]> {
  return {
    requested_emails_13: requestedEmails(state),
    replaced_emails_13: replacedEmails(state),
    reserved_usernames_14: reservedUsernames(state),
    left_users_15: byId(state.left, ([n, { leaving, email, token, position }]) => ({
      user_id: userId(n),
      leaving_id: leaving,
      email,
      token_hash: token,
      position: Number(position),
    })),
  }
}

function requestedEmails({ requestedEmails }: State): Row[] {
  const rows = requestedEmails.map(({ mail, nth, user, email, position }) => ({
    token_hash: requestTokenHash(mail, nth),
    mail_id: requestId(mail),
    user_id: userId(user),
    email,
    position: Number(position),
  }))
  return rows.sort((a, b) => (a.token_hash < b.token_hash ? -1 : 1))
}

function replacedEmails({ replacedEmails }: State): Row[] {
  const rows = [...replacedEmails].map(([change_id, { user, email, token, position }]) => ({
    change_id,
    user_id: userId(user),
    email,
    token_hash: token,
    position: Number(position),
  }))
  return rows.sort((a, b) => (a.change_id < b.change_id ? -1 : 1))
}

function byId<Item, R extends Row>(
  items: ReadonlyMap<number, Item>,
  toRow: (entry: [number, Item]) => R,
): R[] {
  return [...items].sort(([a], [b]) => a - b).map(toRow)
}

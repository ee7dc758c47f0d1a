// Random histories of commands, small enough that people meet: a handful of users, addresses, names,
// tokens and sessions, so that every rule is broken now and then. And how a command is told to the log.
import fc from 'fast-check'
import type { AppendRequest } from '../append-requests.ts'
import { idOf } from '../ids.ts'
import type { Model } from './model.ts'
import {
  mailId,
  mailOf,
  mailTokenHash,
  messageId,
  type RandomCommand,
  sessionId,
  tokenHash,
  userId,
} from './random-command.ts'

// Messages are exchanged by few, or hardly two would be of the same two people.
const few = fc.nat({ max: 2 })
const user = fc.oneof(few, fc.nat({ max: 5 }))
const session = fc.nat({ max: 7 })
const message = fc.nat({ max: 12 })
const mail = fc.nat({ max: 5 })
const late = fc.nat({ max: 9 }).map((n) => n === 0)
const hash = fc.constantFrom('second', 'third', 'fourth')
const email = fc.constantFrom(
  'a@x.org',
  'A@x.org',
  'b@x.org',
  'c@x.org',
  'C@X.org',
  'd@x.org',
  'é@x.org',
)
const username = fc.constantFrom(null, null, 'ann', 'bob', 'cid', 'd.a-n_', 'Eve', 'no')

const registered = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const),
    release: fc.constant(0 as const),
    user,
    email,
    username: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant('register' as const),
    release: fc.constant(1 as const),
    user,
    email,
    username,
  }),
)
const changed = fc.record({
  kind: fc.constant('change' as const),
  user,
  session: fc.option(session),
  hash,
  late,
})
const rehashed = fc.record({ kind: fc.constant('rehash' as const), user, hash, late })
const started = fc.record({
  kind: fc.constant('start' as const),
  session,
  user,
  token: fc.constantFrom('t1', 't2', 't3', 't4', 't5'),
})
const ended = fc.record({ kind: fc.constant('end' as const), session, user, late })
const sent = fc.record({
  kind: fc.constant('send' as const),
  message,
  from: few,
  to: few,
  content: fc.constantFrom('Hello', 'Good bye', ''),
})
const blocking = fc.record({
  kind: fc.constantFrom('block' as const, 'unblock' as const),
  user: few,
  blocked: few,
  late,
})
const edited = fc.record({
  kind: fc.constant('edit' as const),
  message,
  content: fc.constantFrom('Hello', 'Well'),
  late,
})
const deleted = fc.record({ kind: fc.constant('delete' as const), message, late })
const read = fc.record({
  kind: fc.constant('read' as const),
  by: fc.constantFrom('recipient' as const, 'sender' as const, 'anybody' as const),
  message,
  user,
  with: few,
  late,
})

const issued = fc.record({
  kind: fc.constant('issue' as const),
  mail,
  hours: fc.integer({ min: 1, max: 3 }),
  late,
})
const verified = fc.record({ kind: fc.constant('verify' as const), user, email, late })

/** A history in the batches in which it is appended. */
export const histories: fc.Arbitrary<RandomCommand[][]> = fc.array(
  fc.array(
    fc.oneof(
      { arbitrary: registered, weight: 6 },
      { arbitrary: changed, weight: 2 },
      { arbitrary: rehashed, weight: 2 },
      { arbitrary: started, weight: 3 },
      { arbitrary: ended, weight: 2 },
      { arbitrary: sent, weight: 9 },
      { arbitrary: blocking, weight: 3 },
      { arbitrary: edited, weight: 4 },
      { arbitrary: deleted, weight: 2 },
      { arbitrary: read, weight: 9 },
      { arbitrary: issued, weight: 4 },
      { arbitrary: verified, weight: 2 },
    ),
    { minLength: 1, maxLength: 4 },
  ),
  { minLength: 10, maxLength: 30, size: 'max' },
)

/** The command as a command of the release it comes from. */
export function toAppendRequest(command: RandomCommand, model: Model): AppendRequest {
  const event = toEvent(command, model)
  return { events: [{ ...event, stream_version: model.target(command).version }] }
}

function toEvent(command: RandomCommand, model: Model) {
  switch (command.kind) {
    case 'register': {
      const id = userId(command.user)
      const data = { id, email: command.email, password_hash: 'first' }
      return command.release === 0
        ? { stream_id: id, type: 'user_registered_0', data }
        : {
            stream_id: id,
            type: 'user_registered_1',
            data: { ...data, username: command.username },
          }
    }
    case 'change': {
      const user_id = userId(command.user)
      const session_id = command.session === null ? null : sessionId(command.session)
      const data = { id: user_id, user_id, password_hash: command.hash, session_id }
      return { stream_id: user_id, type: 'password_changed_2', data }
    }
    case 'rehash': {
      const user_id = userId(command.user)
      const data = { id: user_id, user_id, password_hash: command.hash }
      return { stream_id: user_id, type: 'password_rehashed_4', data }
    }
    case 'start': {
      const id = sessionId(command.session)
      const token_hash = tokenHash(command.token)
      const data = {
        id,
        user_id: userId(command.user),
        token_hash,
        expires_at: '2040-01-01T00:00:00Z',
      }
      return { stream_id: id, type: 'session_started_0', data }
    }
    case 'end': {
      const id = sessionId(command.session)
      return { stream_id: id, type: 'session_ended_0', data: { id, user_id: userId(command.user) } }
    }
    case 'send': {
      const id = messageId(command.message)
      const { from, to, content } = command
      const data = { id, src_id: userId(from), dst_id: userId(to), content }
      return { stream_id: id, type: 'message_sent_3', data }
    }
    case 'block':
    case 'unblock': {
      const [user_id, blocked_id] = [userId(command.user), userId(command.blocked)]
      const id = idOf(6000 + 10 * command.user + command.blocked)
      return { stream_id: id, type: `user_${command.kind}ed_6`, data: { id, user_id, blocked_id } }
    }
    case 'edit': {
      const id = messageId(command.message)
      const data = {
        id: idOf(5000),
        ...whose(id, command.message, model),
        content: command.content,
      }
      return { stream_id: id, type: 'message_edited_5', data }
    }
    case 'delete': {
      const id = messageId(command.message)
      const data = { id: idOf(5001), ...whose(id, command.message, model) }
      return { stream_id: id, type: 'message_deleted_5', data }
    }
    case 'issue': {
      const id = mailId(command.mail)
      const { user, purpose } = mailOf(command.mail)
      const token_hash = mailTokenHash(command.mail, model.target(command).version)
      const expires_at = `2040-01-01T0${command.hours}:00:00Z`
      const data = { id, user_id: userId(user), purpose, token_hash, expires_at }
      return { stream_id: id, type: 'mail_token_issued_8', data }
    }
    case 'verify': {
      const user_id = userId(command.user)
      const data = { id: user_id, user_id, email: command.email }
      return { stream_id: user_id, type: 'email_verified_8', data }
    }
    case 'read': {
      const [user, partner] = model.readers(command)
      const [user_id, with_id] = [userId(user), userId(partner)]
      const id = idOf(4000 + 10 * user + partner)
      const up_to_position = Number(model.messages.get(command.message)?.position ?? 0)
      const data = { id, user_id, with_id, up_to: messageId(command.message), up_to_position }
      return { stream_id: id, type: 'conversation_read_4', data }
    }
  }
}

/** Which message, and between whom; of one that never was, between anybody. */
function whose(message_id: string, message: number, model: Model) {
  const { from, to } = model.messages.get(message) ?? { from: 0, to: 0 }
  return { message_id, src_id: userId(from), dst_id: userId(to) }
}

// A random command as the append request of the release that it belongs to.
import type { AppendRequest, Event } from '../../append-requests.ts'
import { idOf } from '../../ids.ts'
import type { Model } from './model.ts'
import {
  type AppendedCommand,
  type CommandOf,
  changeId,
  leavingId,
  mailId,
  mailOf,
  mailTokenHash,
  messageId,
  noticeId,
  noticeTokenHash,
  proposalId,
  proposalTokenHash,
  reportId,
  requestId,
  requestTokenHash,
  sessionId,
  tokenHash,
  userId,
} from './random-command.ts'

type EventWithoutVersion = Omit<Event, 'stream_version'>

/** The append request of a command, with the version of its event according to the model. */
export function toAppendRequest(command: AppendedCommand, model: Model): AppendRequest {
  const toEvent = events[command.kind] as (c: AppendedCommand, model: Model) => EventWithoutVersion
  return { events: [{ ...toEvent(command, model), stream_version: model.target(command).version }] }
}

const events: {
  [Kind in AppendedCommand['kind']]: (command: CommandOf<Kind>, model: Model) => EventWithoutVersion
} = {
  register({ user, release, email, username }) {
    const id = userId(user)
    const data = { id, email, password_hash: 'first' }
    return release === 0
      ? { stream_id: id, type: 'user_registered_0', data }
      : { stream_id: id, type: 'user_registered_1', data: { ...data, username } }
  },
  change({ user, session, hash }) {
    const session_id = session === null ? null : sessionId(session)
    return ofUser(user, 'password_changed_2', { password_hash: hash, session_id })
  },
  rehash: ({ user, hash }) => ofUser(user, 'password_rehashed_4', { password_hash: hash }),
  verify: ({ user, email }) => ofUser(user, 'email_verified_8', { email }),
  rename: ({ user, username }) => ofUser(user, 'username_changed_9', { username }),
  choose({ user, username, reserved }, model) {
    const old_username = model.users.get(user)?.username ?? null
    const reserved_until = reserved ? '2040-01-01T00:00:00Z' : '2000-01-01T00:00:00Z'
    return ofUser(user, 'username_changed_14', { username, old_username, reserved_until })
  },
  readdress: (command, model) => emailChanged(command, model, command.verified, null),
  restore: (command, model) =>
    emailChanged(command, model, false, changeId(command.user, command.change)),
  ask(command, model) {
    const { mail, user, email, hours } = command
    const token_hash = requestTokenHash(mail, model.target(command).version)
    return ofMail(requestId(mail), 'email_change_requested_13', hours, { user, email, token_hash })
  },
  offer(command, model) {
    const { mail, user, change, hours } = command
    const token_hash = noticeTokenHash(mail, model.target(command).version)
    const change_id = changeId(user, change)
    return ofMail(noticeId(mail), 'email_reversal_offered_13', hours, {
      ...{ user, change_id, token_hash },
    })
  },
  leave(command, model) {
    const { user } = command
    const { email = '', username = null } = model.users.get(user) ?? {}
    const id = leavingId(user, model.target(command).version)
    return ofUser(user, 'user_left_15', { id, email, username })
  },
  return({ user, email, username }) {
    const data = { email, username, password_hash: 'restored' }
    return ofUser(user, 'user_restored_15', data)
  },
  propose(command, model) {
    const { mail, user, leaving, hours } = command
    const token_hash = proposalTokenHash(mail, model.target(command).version)
    const leaving_id = leavingId(user, leaving)
    return ofMail(proposalId(mail), 'restoration_offered_15', hours, {
      user,
      leaving_id,
      token_hash,
    })
  },
  suspend: ({ user, reason }) => ofSuspension(user, 'user_suspended_17', { reason }),
  reinstate: ({ user }) => ofSuspension(user, 'user_reinstated_17', {}),
  report({ report, user, message, sender }) {
    const id = reportId(report)
    const ids = { id, user_id: userId(user), message_id: messageId(message) }
    const data = { ...ids, reported_id: userId(sender), reason: 'a reason' }
    return { stream_id: id, type: 'message_reported_17', data }
  },
  settle({ report, outcome }, model) {
    const report_id = reportId(report)
    const user_id = userId(model.reports.get(report)?.user ?? 0)
    const data = { report_id, user_id, outcome, actor: 'root' }
    return { stream_id: report_id, type: 'report_settled_17', data }
  },
  repeat({ registration, user }) {
    const id = idOf(8000 + registration)
    const data = { id, user_id: userId(user) }
    return { stream_id: id, type: 'registration_repeated_9', data }
  },
  start({ session, user, token, release, label }) {
    const id = sessionId(session)
    const token_hash = tokenHash(token)
    const data = { id, user_id: userId(user), token_hash, expires_at: '2040-01-01T00:00:00Z' }
    return release === 0
      ? { stream_id: id, type: 'session_started_0', data }
      : { stream_id: id, type: 'session_started_10', data: { ...data, label, idle_days: 30 } }
  },
  label({ session, user, label }) {
    const id = sessionId(session)
    return {
      stream_id: id,
      type: 'session_labelled_10',
      data: { id, user_id: userId(user), label },
    }
  },
  end({ session, user }) {
    const id = sessionId(session)
    return { stream_id: id, type: 'session_ended_0', data: { id, user_id: userId(user) } }
  },
  send({ message, from, to, content }) {
    const id = messageId(message)
    const data = { id, src_id: userId(from), dst_id: userId(to), content }
    return { stream_id: id, type: 'message_sent_3', data }
  },
  block: ({ user, blocked }) => ofBlock(user, blocked, 'user_blocked_6'),
  unblock: ({ user, blocked }) => ofBlock(user, blocked, 'user_unblocked_6'),
  edit({ message, content }, model) {
    const data = { id: idOf(5000), ...messageColumns(message, model), content }
    return { stream_id: messageId(message), type: 'message_edited_5', data }
  },
  delete({ message }, model) {
    const data = { id: idOf(5001), ...messageColumns(message, model) }
    return { stream_id: messageId(message), type: 'message_deleted_5', data }
  },
  issue(command, model) {
    const id = mailId(command.mail)
    const { user, purpose } = mailOf(command.mail)
    const token_hash = mailTokenHash(command.mail, model.target(command).version)
    const expires_at = `2040-01-01T0${command.hours}:00:00Z`
    const data = { id, user_id: userId(user), purpose, token_hash, expires_at }
    return { stream_id: id, type: 'mail_token_issued_8', data }
  },
  read(command, model) {
    const [user, partner] = model.readerAndPartner(command)
    const [user_id, with_id] = [userId(user), userId(partner)]
    const id = idOf(4000 + 10 * user + partner)
    const up_to_position = Number(model.messages.get(command.message)?.position ?? 0)
    const data = { id, user_id, with_id, up_to: messageId(command.message), up_to_position }
    return { stream_id: id, type: 'conversation_read_4', data }
  },
}

function emailChanged(
  command: CommandOf<'readdress' | 'restore'>,
  model: Model,
  old_verified: boolean,
  reverts: string | null,
): EventWithoutVersion {
  const { user, email } = command
  const id = changeId(user, model.target(command).version)
  const old_email = model.users.get(user)?.email ?? ''
  return ofUser(user, 'email_changed_13', { id, email, old_email, old_verified, reverts })
}

function ofMail(
  id: string,
  type: string,
  hours: number,
  { user, ...more }: { user: number } & Record<string, unknown>,
): EventWithoutVersion {
  const expires_at = `2040-01-01T0${hours}:00:00Z`
  return { stream_id: id, type, data: { id, user_id: userId(user), expires_at, ...more } }
}

function ofUser(user: number, type: string, more: object): EventWithoutVersion {
  const id = userId(user)
  return { stream_id: id, type, data: { id, user_id: id, ...more } }
}

function ofSuspension(user: number, type: string, more: object): EventWithoutVersion {
  const id = idOf(7600 + user)
  return { stream_id: id, type, data: { id, user_id: userId(user), actor: 'root', ...more } }
}

function ofBlock(user: number, blocked: number, type: string): EventWithoutVersion {
  const id = idOf(6000 + 10 * user + blocked)
  return { stream_id: id, type, data: { id, user_id: userId(user), blocked_id: userId(blocked) } }
}

/** The columns that name a message and its two users; any two where the message does not exist. */
function messageColumns(message: number, model: Model) {
  const { from, to } = model.messages.get(message) ?? { from: 0, to: 0 }
  return { message_id: messageId(message), src_id: userId(from), dst_id: userId(to) }
}

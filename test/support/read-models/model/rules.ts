// The rules that commands of each kind must keep, by the code with which the database rejects a command
// that breaks them. Written from what the product promises, not from its SQL.

import { type CommandOf, changeId, mailOf, type RandomCommand } from './random-command.ts'
import type { State } from './state.ts'

/** Whether the command breaks the rule of each code. */
export type BrokenRules = Record<string, boolean>

export const rules: {
  [Kind in RandomCommand['kind']]: (state: State, command: CommandOf<Kind>) => BrokenRules
} = {
  register({ users, reservedUsernames }, { username, ...command }) {
    const others = [...users.values()]
    const email = command.email.toLowerCase()
    return {
      username_malformed: username !== null && !/^[a-z0-9_.-]{3,30}$/.test(username),
      email_taken: others.some((user) => user.email.toLowerCase() === email),
      username_taken:
        username !== null &&
        (others.some((user) => user.username === username) ||
          reservedUsernames.get(username)?.isActive === true),
    }
  },
  change: ({ users }, { user }) => ({ user_unknown: !users.has(user) }),
  rehash: ({ users }, { user }) => ({ user_unknown: !users.has(user) }),
  verify: ({ users }, { user }) => ({ user_unknown: !users.has(user) }),
  rename: (state, command) => changedUsername(state, command),
  choose: (state, command) => changedUsername(state, command),
  readdress: (state, command) => changedEmail(state, command),
  restore: (state, command) => ({
    ...changedEmail(state, command),
    invalid_token: !state.replacedEmails.has(changeId(command.user, command.change)),
  }),
  ask: ({ users }, { user }) => ({ user_unknown: !users.has(user) }),
  offer: () => ({}),
  repeat: () => ({}),
  forget: ({ users }, { user }) => ({ user_unknown: !users.has(user) }),
  leave: ({ users, left }, { user }) => ({
    user_unknown: !users.has(user),
    already_left: left.has(user),
  }),
  return: ({ users, left }, { user, email, username }) => {
    const others = [...users].filter(([id]) => id !== user).map(([, other]) => other)
    return {
      user_unknown: !users.has(user),
      invalid_token: !left.has(user),
      email_taken: others.some((other) => other.email.toLowerCase() === email.toLowerCase()),
      username_taken: username !== null && others.some((other) => other.username === username),
    }
  },
  propose: () => ({}),
  issue: ({ users }, { mail }) => ({ user_unknown: !users.has(mailOf(mail).user) }),
  // Two keys of one row lead to the user.
  suspend: ({ users }, { user }) => ({
    user_unknown: !users.has(user),
    not_found: !users.has(user),
  }),
  reinstate: () => ({}),
  report: ({ users, reports }, { user, message, sender }) => ({
    user_unknown: !users.has(user),
    not_found: !users.has(sender),
    already_reported: [...reports.values()].some(
      (other) => other.user === user && other.message === message && other.outcome === null,
    ),
  }),
  settle: ({ reports }, { report }) => ({ not_found: reports.get(report)?.outcome !== null }),
  start: ({ users, sessions, suspended }, { user, token }) => ({
    user_unknown: !users.has(user),
    suspended: suspended.has(user),
    token_taken: [...sessions.values()].some((other) => other.token === token),
  }),
  label: ({ sessions }, { session, user }) => ({
    not_found: sessions.get(session)?.user !== user,
  }),
  end: ({ sessions }, { session, user }) => ({ not_found: sessions.get(session)?.user !== user }),
  send: ({ users, blocks, silent, suspended }, { from, to }) => ({
    sender_unknown: !users.has(from) || silent.has(from),
    recipient_unknown: !users.has(to) || silent.has(to),
    suspended: suspended.has(from),
    blocked: blocks.has(`${to} ${from}`),
  }),
  block: ({ users }, { user, blocked }) => ({
    block_malformed: user === blocked,
    user_unknown: !users.has(user),
    not_found: !users.has(blocked),
  }),
  unblock: () => ({}),
  // A message that was never sent, or is already deleted, can be neither edited nor deleted.
  edit({ messages, blocks, suspended }, { message }) {
    const { from, to, content = null } = messages.get(message) ?? {}
    return {
      not_found: content === null,
      // The request names user 0 where no such message exists.
      suspended: suspended.has(from ?? 0),
      blocked: blocks.has(`${to} ${from}`),
    }
  },
  delete: ({ messages }, { message }) => ({
    not_found: (messages.get(message)?.content ?? null) === null,
  }),
  read: (state, command) => ({
    up_to_malformed: !state.messages.has(command.message),
    not_found: state.between(...state.readerAndPartner(command)).length === 0,
  }),
}

function changedUsername(
  { users, reservedUsernames }: State,
  { user, username }: { user: number; username: string },
): BrokenRules {
  const reserved = reservedUsernames.get(username)
  return {
    username_malformed: !/^[a-z0-9_.-]{3,30}$/.test(username),
    user_unknown: !users.has(user),
    username_taken:
      [...users].some(([id, other]) => id !== user && other.username === username) ||
      (reserved?.isActive === true && reserved.user !== user),
  }
}

function changedEmail(
  { users }: State,
  { user, email }: { user: number; email: string },
): BrokenRules {
  const isTaken = ([id, other]: [number, { email: string }]) =>
    id !== user && other.email.toLowerCase() === email.toLowerCase()
  return { user_unknown: !users.has(user), email_taken: [...users].some(isTaken) }
}

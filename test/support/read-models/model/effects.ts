// What accepted commands of each kind change in the model's state.

import {
  type CommandOf,
  changeId,
  leavingId,
  noticeTokenHash,
  proposalTokenHash,
  type RandomCommand,
  userId,
} from './random-command.ts'
import type { State } from './state.ts'

export const effects: {
  [Kind in RandomCommand['kind']]: (
    state: State,
    command: CommandOf<Kind>,
    position: string,
    version: number,
  ) => void
} = {
  register({ users, reservedUsernames }, { user, email, username }, position) {
    if (username !== null) reservedUsernames.delete(username)
    users.set(user, { email, username, hash: 'first', position })
  },
  change(state, { user, hash, session }) {
    setHash(state, user, hash)
    withdrawRequests(state, user)
    for (const [id, other] of state.sessions) {
      if (other.user === user && id !== session) state.sessions.delete(id)
    }
  },
  rehash(state, { user, hash }) {
    setHash(state, user, hash)
  },
  start({ sessions }, { session, user, token, label }, position) {
    sessions.set(session, { user, token, label, position })
  },
  label({ sessions }, { session, label }) {
    const found = sessions.get(session)
    if (found) sessions.set(session, { ...found, label })
  },
  end({ sessions }, { session }) {
    sessions.delete(session)
  },
  send({ messages }, { message, from, to, content }, position) {
    messages.set(message, { from, to, content, version: 1, position })
  },
  block({ blocks, blockChanges }, { user, blocked }, position) {
    const pair = `${user} ${blocked}`
    if (!blocks.has(pair)) blocks.set(pair, position)
    blockChanges.push({ user, position })
  },
  unblock({ blocks, blockChanges }, { user, blocked }, position) {
    blocks.delete(`${user} ${blocked}`)
    blockChanges.push({ user, position })
  },
  edit(state, { message, content }) {
    setContent(state, message, content)
  },
  delete(state, { message }) {
    setContent(state, message, null)
  },
  read(state, command, position) {
    const [user, partner] = state.readerAndPartner(command)
    const upTo = state.messages.get(command.message)?.position ?? '0'
    if (Number(upTo) <= state.readPosition(user, partner)) return
    state.receipts.push({ user, with: partner, upTo, position })
  },
  rename(state, { user, username }) {
    setUsername(state, user, username)
  },
  choose(state, { user, username, reserved }, position) {
    const old = state.users.get(user)?.username ?? null
    setUsername(state, user, username)
    if (old !== null) state.reservedUsernames.set(old, { user, isActive: reserved, position })
  },
  readdress(state, { user, email, verified }, position, version) {
    const old = state.users.get(user)
    if (verified && old) {
      const replaced = { user, email: old.email, token: null, position }
      state.replacedEmails.set(changeId(user, version), replaced)
    }
    setEmail(state, user, email)
  },
  restore(state, { user, email, change }) {
    const from = Number(state.replacedEmails.get(changeId(user, change))?.position)
    for (const [id, replaced] of state.replacedEmails) {
      if (replaced.user === user && Number(replaced.position) >= from)
        state.replacedEmails.delete(id)
    }
    setEmail(state, user, email)
  },
  ask(state, { mail, user, email, hours }, position, nth) {
    const rivals = state.requestedEmails.filter((each) => each.user === user && each.mail !== mail)
    if (rivals.some((each) => each.hours > hours)) return
    const others = state.requestedEmails.filter((each) => !rivals.includes(each))
    state.requestedEmails = [...others, { mail, nth, user, email, hours, position }]
  },
  offer({ replacedEmails }, { mail, user, change }, _position, nth) {
    const id = changeId(user, change)
    const replaced = replacedEmails.get(id)
    if (replaced) replacedEmails.set(id, { ...replaced, token: noticeTokenHash(mail, nth) })
  },
  leave(state, { user }, position, version) {
    const found = state.users.get(user)
    if (!found) return
    const { email, username } = found
    if (username !== null) state.reservedUsernames.set(username, { user, isActive: true, position })
    state.users.set(user, { ...found, email: `left:${userId(user)}`, username: null, hash: '*' })
    endSessions(state, user)
    withdrawRequests(state, user)
    silence(state, user, position)
    state.left.set(user, { leaving: leavingId(user, version), email, token: null, position })
  },
  return(state, { user, email, username }, position) {
    const found = state.users.get(user)
    if (found) state.users.set(user, { ...found, email, username, hash: 'restored' })
    if (username !== null && state.reservedUsernames.get(username)?.user === user)
      state.reservedUsernames.delete(username)
    state.silent.delete(user)
    state.left.delete(user)
    const suspension = state.suspended.get(user)
    if (suspension) state.suspended.set(user, { ...suspension, since: position })
  },
  propose({ left }, { mail, user, leaving }, _position, nth) {
    const found = left.get(user)
    if (found?.leaving !== leavingId(user, leaving)) return
    left.set(user, { ...found, token: proposalTokenHash(mail, nth) })
  },
  suspend(state, { user, reason }, position) {
    const { suspended } = state
    if (!suspended.has(user)) suspended.set(user, { reason, position, since: position })
    endSessions(state, user)
  },
  reinstate({ suspended }, { user }) {
    suspended.delete(user)
  },
  report({ reports }, { report, user, message, sender }, position) {
    const said = { reason: 'a reason', outcome: null, position } as const
    reports.set(report, { user, message, sender, ...said })
  },
  settle({ reports }, { report, outcome }) {
    const found = reports.get(report)
    if (found) reports.set(report, { ...found, outcome })
  },
  forget(state, { user, kept }, position) {
    const found = state.users.get(user)
    const email = `forgotten:${userId(user)}`
    if (found) state.users.set(user, { ...found, email, username: null, hash: '*' })
    endSessions(state, user)
    for (const [id, message] of state.messages) {
      if (message.from !== user || kept.includes('messages')) continue
      state.messages.set(id, { ...message, content: null })
    }
    withdrawRequests(state, user)
    for (const emailsOrNames of [state.replacedEmails, state.reservedUsernames]) {
      for (const [key, row] of emailsOrNames) if (row.user === user) emailsOrNames.delete(key)
    }
    silence(state, user, position)
    state.left.delete(user)
    state.suspended.delete(user)
    for (const [id, report] of state.reports) {
      if (report.user === user) state.reports.set(id, { ...report, reason: '' })
    }
    state.departed.set(user, position)
  },
  repeat: () => undefined,
  // Tokens and verified addresses are kept by TokensAndEmails.
  issue: () => undefined,
  verify: () => undefined,
}

function endSessions({ sessions }: State, user: number): void {
  for (const [id, session] of sessions) if (session.user === user) sessions.delete(id)
}

function silence({ silent }: State, user: number, position: string): void {
  if (!silent.has(user)) silent.set(user, position)
}

function setUsername({ users, reservedUsernames }: State, id: number, username: string): void {
  const user = users.get(id)
  if (user) users.set(id, { ...user, username })
  reservedUsernames.delete(username)
}

function setEmail(state: State, id: number, email: string): void {
  const user = state.users.get(id)
  if (user) state.users.set(id, { ...user, email })
  withdrawRequests(state, id)
}

function withdrawRequests(state: State, user: number): void {
  state.requestedEmails = state.requestedEmails.filter((each) => each.user !== user)
}

function setHash({ users }: State, id: number, hash: string): void {
  const user = users.get(id)
  if (user) users.set(id, { ...user, hash })
}

function setContent({ messages }: State, id: number, content: string | null): void {
  const message = messages.get(id)
  if (message) messages.set(id, { ...message, content, version: message.version + 1 })
}

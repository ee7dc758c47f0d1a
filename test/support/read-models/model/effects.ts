// What accepted commands of each kind change in the model's state.

import { type CommandOf, type RandomCommand, userId } from './random-command.ts'
import type { State } from './state.ts'

export const effects: {
  [Kind in RandomCommand['kind']]: (
    state: State,
    command: CommandOf<Kind>,
    position: string,
  ) => void
} = {
  register({ users }, { user, email, username }, position) {
    users.set(user, { email, username, hash: 'first', position })
  },
  change(state, { user, hash, session }) {
    setHash(state, user, hash)
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
  rename({ users }, { user, username }) {
    const found = users.get(user)
    if (found) users.set(user, { ...found, username })
  },
  forget(state, { user, kept }, position) {
    const found = state.users.get(user)
    const email = `forgotten:${userId(user)}`
    if (found) state.users.set(user, { ...found, email, username: null, hash: '*' })
    for (const [id, session] of state.sessions) {
      if (session.user === user) state.sessions.delete(id)
    }
    for (const [id, message] of state.messages) {
      if (message.from !== user || kept.includes('messages')) continue
      state.messages.set(id, { ...message, content: null })
    }
    state.departed.set(user, position)
  },
  repeat: () => undefined,
  // Tokens and verified addresses are kept by TokensAndEmails.
  issue: () => undefined,
  verify: () => undefined,
}

function setHash({ users }: State, id: number, hash: string): void {
  const user = users.get(id)
  if (user) users.set(id, { ...user, hash })
}

function setContent({ messages }: State, id: number, content: string | null): void {
  const message = messages.get(id)
  if (message) messages.set(id, { ...message, content, version: message.version + 1 })
}

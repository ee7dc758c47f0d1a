// What servers of each release say, over and over, in that release's frozen statements. After each
// thing the database acknowledged, the servers of every release that runs must see it at once.
import { randomUUID } from 'node:crypto'
import { userRegistered } from '../append-requests.ts'
import * as release0 from '../old-releases/release-0.ts'
import * as release1 from '../old-releases/release-1.ts'
import * as release2 from '../old-releases/release-2.ts'
import * as release3 from '../old-releases/release-3.ts'
import * as release4 from '../old-releases/release-4.ts'
import * as release5 from '../old-releases/release-5.ts'
import * as release6 from '../old-releases/release-6.ts'
import { run } from '../old-releases/statement.ts'
import { append, emailIsTaken, everybodySees, startSession, verdictOf } from './release-client.ts'
import { speak7 } from './release-client-7.ts'
import { speak8 } from './release-client-8.ts'
import type { Person, ReleaseClient, SharedState } from './shared-state.ts'

async function speak0(state: SharedState): Promise<void> {
  const person = state.stranger(false)
  await run(state.pool(0), release0.registerUser, [person.id, person.email, person.hash])
  await startSession(state, 0, person)
  await everybodySees(state, person)
  const { session } = person
  if (session && state.random() < 0.3) {
    await run(state.pool(0), release0.endSession, [session.id, person.id])
    person.session = undefined
    await everybodySees(state, person, session.token)
  }
  state.people.push(person)
  await emailIsTaken(state, 0)
}

async function speak1(state: SharedState): Promise<void> {
  const person = state.stranger(true)
  const { id, email, hash, username } = person
  await run(state.pool(1), release1.registerUser, [id, email, hash, username])
  await startSession(state, 1, person)
  await everybodySees(state, person)
  const found = await run(state.pool(1), release1.findUsersByPrefix, [username])
  state.expect(
    found.some((user) => user.id === id),
    `release 1 does not find ${username}`,
  )
  state.people.push(person)
  await emailIsTaken(state, 1)
}

async function speak2(state: SharedState): Promise<void> {
  const person = state.stranger(true)
  const { id, email, username, hash: password_hash } = person
  await append(state, 2, [userRegistered(id, { email, username, password_hash })])
  await everybodySees(state, person)
  state.people.push(person)
  const changing = state.borrow()
  if (!changing) return
  await changePassword(state, changing)
  state.people.push(changing)
}

async function changePassword(state: SharedState, person: Person): Promise<void> {
  const [found] = await run(state.pool(2), release2.findUserByEmail, [person.email])
  const stays = state.random() < 0.5 ? person.session : undefined
  const over = stays ? undefined : person.session?.token
  const passwordHash = `${person.hash}, changed`
  const change = {
    id: randomUUID(),
    userId: person.id,
    version: Number(found?.version) + 1,
    passwordHash,
    sessionId: stays?.id ?? null,
  }
  await append(state, 2, release2.passwordChanged(change))
  person.hash = passwordHash
  person.session = stays
  await everybodySees(state, person, over)
}

async function speak3(state: SharedState): Promise<void> {
  const [from, to] = [state.anybody(), state.anybody()]
  if (!from || !to) return
  const message = { id: randomUUID(), srcId: from.id, dstId: to.id, content: 'Hello' }
  await append(state, 3, release3.messageSent(message))
  state.messages.push(message.id)
  const inbox = await run(state.pool(3), release3.listInbox, [to.id])
  state.expect(
    inbox.some(({ id }) => id === message.id),
    'an inbox misses its message',
  )
  const nobody = { ...message, id: randomUUID(), dstId: randomUUID() }
  const verdict = await verdictOf(state, 3, release3.messageSent(nobody))
  const refused = verdict?.constraint === 'messages_3__recipient_unknown'
  state.expect(refused, `a message to nobody met ${JSON.stringify(verdict)}`)
}

async function speak4(state: SharedState): Promise<void> {
  await renewHash(state)
  await readMessage(state)
}

/** After a login somebody gets a dearer hash of his password; he stays logged in wherever he is. */
async function renewHash(state: SharedState): Promise<void> {
  const person = state.borrow()
  if (!person) return
  const [found] = await run(state.pool(4), release2.findUserByEmail, [person.email])
  const passwordHash = `${person.hash}, renewed`
  const version = Number(found?.version) + 1
  const renewal = { id: randomUUID(), userId: person.id, version, passwordHash }
  await append(state, 4, release4.passwordRehashed(renewal))
  person.hash = passwordHash
  await everybodySees(state, person)
  state.people.push(person)
}

/** A newcomer, to whom nobody else writes yet, gets a message and reads it. */
async function readMessage(state: SharedState): Promise<void> {
  const [from, to] = [state.anybody(), state.stranger(true)]
  if (!from) return
  const { id, email, username, hash: password_hash } = to
  await append(state, 4, [userRegistered(id, { email, username, password_hash })])
  const message = { id: randomUUID(), srcId: from.id, dstId: id, content: 'Welcome' }
  await append(state, 4, release3.messageSent(message))
  state.messages.push(message.id)
  const find = () => run(state.pool(4), release4.findConversation, [id, from.id])
  const [unread] = await find()
  state.expect(unread?.last_id === message.id && unread.unread === 1, 'a message is not unread')
  const position = unread?.last_position
  const reading = { id: randomUUID(), userId: id, withId: from.id, upTo: message.id, position }
  await append(state, 4, release4.conversationRead(reading))
  const [read] = await find()
  state.expect(read?.unread === 0, 'a message that was read is unread')
  const [receipt] = await run(state.pool(4), release4.findReadAt, [message.id])
  state.expect(receipt?.read_at instanceof Date, 'a receipt does not reach the sender')
  state.people.push(to)
}

/** A message is edited, and another deleted, before the eyes of every release that has messages. */
async function speak5(state: SharedState): Promise<void> {
  const [from, to] = [state.anybody(), state.anybody()]
  if (!from || !to) return
  for (const change of ['edited', 'deleted'] as const) {
    const message = { id: randomUUID(), srcId: from.id, dstId: to.id, content: 'first words' }
    await append(state, 5, release3.messageSent(message))
    const which = { ...message, id: randomUUID(), messageId: message.id }
    const words = { ...which, content: 'second words' }
    if (change === 'edited') await append(state, 5, release5.messageEdited(words))
    else await append(state, 5, release5.messageDeleted(which))
    const [found] = await run(state.pool(5), release5.findMessage, [message.id])
    const content = change === 'edited' ? words.content : null
    state.expect(found?.content === content, `release 5 sees ${found?.content} where it ${change}`)
    if (change === 'edited') state.messages.push(message.id)
    if (!state.running.has(3)) continue
    const inbox = await run(state.pool(3), release3.listInbox, [to.id])
    const there = inbox.find(({ id }) => id === message.id)?.content ?? null
    state.expect(there === content, `release 3 sees ${there} where release 5 ${change}`)
  }
}

/** A newcomer blocks somebody, who may then write and edit through no release; and takes it back. */
async function speak6(state: SharedState): Promise<void> {
  const [from, to] = [state.anybody(), state.stranger(true)]
  if (!from) return
  const { id, email, username, hash: password_hash } = to
  await append(state, 6, [userRegistered(id, { email, username, password_hash })])
  const before = { id: randomUUID(), srcId: from.id, dstId: id, content: 'Hello!' }
  await append(state, 6, release3.messageSent(before))
  state.messages.push(before.id)
  const pair = { id: randomUUID(), userId: id, blockedId: from.id }
  await append(state, 6, release6.userBlocked(pair))
  const blocks = await run(state.pool(6), release6.listBlocks, [id])
  state.expect(blocks.length === 1 && blocks[0]?.blocked_id === from.id, 'a block is not there')
  const message = { id: randomUUID(), srcId: from.id, dstId: id, content: 'Hello?' }
  const sent = release3.messageSent(message)
  const edited = release5.messageEdited({ ...message, messageId: before.id })
  for (const [release, command] of [
    [3, sent],
    [5, edited],
    [6, sent],
  ] as const) {
    if (!state.running.has(release)) continue
    const verdict = await verdictOf(state, release, command)
    const refused = verdict?.constraint === 'blocks_6__blocked'
    state.expect(refused, `through release ${release} a block met ${JSON.stringify(verdict)}`)
  }
  await append(state, 6, release6.userUnblocked(pair))
  await append(state, 6, release3.messageSent(message))
  state.messages.push(message.id)
  state.people.push(to)
}

/** By release. */
const older = [speak0, speak1, speak2, speak3, speak4, speak5, speak6]
export const releaseClients: readonly ReleaseClient[] = [...older, speak7, speak8]

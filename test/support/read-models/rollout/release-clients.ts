// The clients of releases 0 to 6, one step each, in that release's frozen statements; and the list of
// the clients of all releases. Every running release must show each acknowledged write at once.
import { randomUUID } from 'node:crypto'
import * as release0 from '../../old-releases/release-0.ts'
import * as release1 from '../../old-releases/release-1.ts'
import * as release2 from '../../old-releases/release-2.ts'
import * as release3 from '../../old-releases/release-3.ts'
import * as release4 from '../../old-releases/release-4.ts'
import * as release5 from '../../old-releases/release-5.ts'
import * as release6 from '../../old-releases/release-6.ts'
import { run } from '../../old-releases/statement.ts'
import {
  append,
  appendOne,
  expectEmailTaken,
  expectVisible,
  register,
  startSession,
} from './client-steps.ts'
import { client7 } from './release-client-7.ts'
import { client8 } from './release-client-8.ts'
import { client9 } from './release-client-9.ts'
import { client10 } from './release-client-10.ts'
import { client11 } from './release-client-11.ts'
import { client12 } from './release-client-12.ts'
import { client13 } from './release-client-13.ts'
import { client14 } from './release-client-14.ts'
import { client15 } from './release-client-15.ts'
import { client16 } from './release-client-16.ts'
import { client17 } from './release-client-17.ts'
import { client18 } from './release-client-18.ts'
import type { Person, ReleaseClient, SharedState } from './shared-state.ts'

async function client0(state: SharedState): Promise<void> {
  const person = state.newPerson(false)
  await run(state.pool(0), release0.registerUser, [person.id, person.email, person.hash])
  await startSession(state, 0, person)
  await expectVisible(state, person)
  const { session } = person
  if (session && state.random() < 0.3) {
    await run(state.pool(0), release0.endSession, [session.id, person.id])
    person.session = undefined
    await expectVisible(state, person, session.token)
  }
  state.people.push(person)
  await expectEmailTaken(state, 0)
}

async function client1(state: SharedState): Promise<void> {
  const person = state.newPerson(true)
  const { id, email, hash, username } = person
  await run(state.pool(1), release1.registerUser, [id, email, hash, username])
  await startSession(state, 1, person)
  await expectVisible(state, person)
  const found = await run(state.pool(1), release1.findUsersByPrefix, [username])
  state.expect(
    found.some((user) => user.id === id),
    `release 1 does not find the username ${username}`,
  )
  state.people.push(person)
  await expectEmailTaken(state, 1)
}

async function client2(state: SharedState): Promise<void> {
  const person = state.newPerson(true)
  await register(state, 2, person)
  await expectVisible(state, person)
  state.people.push(person)
  const changing = state.takePerson()
  if (!changing) return
  await changePassword(state, changing)
  state.people.push(changing)
}

async function changePassword(state: SharedState, person: Person): Promise<void> {
  const [found] = await run(state.pool(2), release2.findUserByEmail, [person.email])
  const stays = state.random() < 0.5 ? person.session : undefined
  const ended = stays ? undefined : person.session?.token
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
  await expectVisible(state, person, ended)
}

async function client3(state: SharedState): Promise<void> {
  const [from, to] = [state.anyPerson(), state.anyPerson()]
  if (!from || !to) return
  const message = { id: randomUUID(), srcId: from.id, dstId: to.id, content: 'Hello' }
  await append(state, 3, release3.messageSent(message))
  state.messages.push(message.id)
  const inbox = await run(state.pool(3), release3.listInbox, [to.id])
  state.expect(
    inbox.some(({ id }) => id === message.id),
    'an inbox lacks its message',
  )
  const unknown = { ...message, id: randomUUID(), dstId: randomUUID() }
  const result = await appendOne(state, 3, release3.messageSent(unknown))
  const rejected = /^messages_\d+__recipient_unknown$/.test(result?.constraint ?? '')
  state.expect(rejected, `a message to an unknown user: ${JSON.stringify(result)}`)
}

async function client4(state: SharedState): Promise<void> {
  await renewHash(state)
  await readMessage(state)
}

/** A login replaces the password's hash by a costlier one; every session of the user stays. */
async function renewHash(state: SharedState): Promise<void> {
  const person = state.takePerson()
  if (!person) return
  const [found] = await run(state.pool(4), release2.findUserByEmail, [person.email])
  const passwordHash = `${person.hash}, renewed`
  const version = Number(found?.version) + 1
  const renewal = { id: randomUUID(), userId: person.id, version, passwordHash }
  await append(state, 4, release4.passwordRehashed(renewal))
  person.hash = passwordHash
  await expectVisible(state, person)
  state.people.push(person)
}

/** A new user, to whom no other client writes yet, receives a message and reads it. */
async function readMessage(state: SharedState): Promise<void> {
  const [from, to] = [state.anyPerson(), state.newPerson(true)]
  if (!from) return
  const { id } = to
  await register(state, 4, to)
  const message = { id: randomUUID(), srcId: from.id, dstId: id, content: 'Welcome' }
  await append(state, 4, release3.messageSent(message))
  state.messages.push(message.id)
  const find = () => run(state.pool(4), release4.findConversation, [id, from.id])
  const [unread] = await find()
  state.expect(
    unread?.last_id === message.id && unread.unread === 1,
    'a new message is not counted as unread',
  )
  const position = unread?.last_position
  const reading = { id: randomUUID(), userId: id, withId: from.id, upTo: message.id, position }
  await append(state, 4, release4.conversationRead(reading))
  const [read] = await find()
  state.expect(read?.unread === 0, 'a message that was read is counted as unread')
  const [receipt] = await run(state.pool(4), release4.findReadAt, [message.id])
  state.expect(receipt?.read_at instanceof Date, 'the sender does not see the receipt')
  state.people.push(to)
}

/** One message is edited and another deleted; every running release with messages shows it. */
async function client5(state: SharedState): Promise<void> {
  const [from, to] = [state.anyPerson(), state.anyPerson()]
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
    state.expect(found?.content === content, `release 5 shows ${found?.content} where it ${change}`)
    if (change === 'edited') state.messages.push(message.id)
    if (!state.running.has(3)) continue
    const inbox = await run(state.pool(3), release3.listInbox, [to.id])
    const there = inbox.find(({ id }) => id === message.id)?.content ?? null
    state.expect(there === content, `release 3 shows ${there} where release 5 ${change}`)
  }
}

/** A new user blocks a sender, whose messages and edits every release rejects until the unblock. */
async function client6(state: SharedState): Promise<void> {
  const [from, to] = [state.anyPerson(), state.newPerson(true)]
  if (!from) return
  const { id } = to
  await register(state, 6, to)
  const before = { id: randomUUID(), srcId: from.id, dstId: id, content: 'Hello!' }
  await append(state, 6, release3.messageSent(before))
  state.messages.push(before.id)
  const pair = { id: randomUUID(), userId: id, blockedId: from.id }
  await append(state, 6, release6.userBlocked(pair))
  const blocks = await run(state.pool(6), release6.listBlocks, [id])
  state.expect(
    blocks.length === 1 && blocks[0]?.blocked_id === from.id,
    'the list of blocks lacks a block',
  )
  const message = { id: randomUUID(), srcId: from.id, dstId: id, content: 'Hello?' }
  const sent = release3.messageSent(message)
  const edited = release5.messageEdited({ ...message, messageId: before.id })
  for (const [release, request] of [
    [3, sent],
    [5, edited],
    [6, sent],
  ] as const) {
    if (!state.running.has(release)) continue
    const result = await appendOne(state, release, request)
    const rejected = /^blocks_\d+__blocked$/.test(result?.constraint ?? '')
    state.expect(rejected, `a blocked sender at release ${release}: ${JSON.stringify(result)}`)
  }
  await append(state, 6, release6.userUnblocked(pair))
  await append(state, 6, release3.messageSent(message))
  state.messages.push(message.id)
  state.people.push(to)
}

const olderClients = [client0, client1, client2, client3, client4, client5, client6]
/** The clients, by release. */
export const releaseClients: readonly ReleaseClient[] = [
  ...olderClients,
  client7,
  client8,
  client9,
  client10,
  client11,
  client12,
  client13,
  client14,
  client15,
  client16,
  client17,
  client18,
]

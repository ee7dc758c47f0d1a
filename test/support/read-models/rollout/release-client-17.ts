// A client of release 17 in that release's frozen statements: a user reports a message, and its sender is suspended. No
// running release accepts the session, a login or a message of the sender, until the sender is reinstated.
import { randomUUID } from 'node:crypto'
import * as release0 from '../../old-releases/release-0.ts'
import * as release2 from '../../old-releases/release-2.ts'
import * as release3 from '../../old-releases/release-3.ts'
import * as release5 from '../../old-releases/release-5.ts'
import * as release10 from '../../old-releases/release-10.ts'
import * as release17 from '../../old-releases/release-17.ts'
import { run } from '../../old-releases/statement.ts'
import { append, appendOne, expectVisible, register, startSession } from './client-steps.ts'
import type { Person, SharedState } from './shared-state.ts'

export async function client17(state: SharedState): Promise<void> {
  const [person, other] = [state.newPerson(true), state.anyPerson()]
  if (!other) return
  await register(state, 17, person)
  await startSession(state, 0, person)
  await expectVisible(state, person)
  const sent = { id: randomUUID(), srcId: person.id, dstId: other.id, content: 'Buy this' }
  await append(state, 3, release3.messageSent(sent))
  state.messages.push(sent.id)
  await report(state, person, other, sent.id)
  const suspension = { id: randomUUID(), userId: person.id }
  await append(state, 17, release17.userSuspended({ ...suspension, version: 1 }))
  const ended = person.session?.token
  person.session = undefined
  await expectVisible(state, person, ended)
  await expectRefused(state, person, other, sent.id)
  await append(state, 17, release17.userReinstated({ ...suspension, version: 2 }))
  await startSession(state, 0, person)
  await expectVisible(state, person)
  const again = { ...sent, id: randomUUID() }
  await append(state, 3, release3.messageSent(again))
  state.messages.push(again.id)
  state.people.push(person)
}

/** A message has one open report. */
async function report(state: SharedState, sender: Person, reporter: Person, messageId: string) {
  const reported = { id: randomUUID(), userId: reporter.id, messageId, reportedId: sender.id }
  await append(state, 17, release17.messageReported(reported))
  const second = release17.messageReported({ ...reported, id: randomUUID() })
  const result = await appendOne(state, 17, second)
  const isRefused = result?.constraint === 'reports_17__already_reported'
  state.expect(isRefused, `a second report of a message: ${JSON.stringify(result)}`)
  const open = await run(state.pool(17), release17.findOpenReports, [messageId])
  state.expect(open.length === 1, `${open.length} reports of a message are open`)
}

async function expectRefused(
  state: SharedState,
  person: Person,
  other: Person,
  messageId: string,
): Promise<void> {
  const found = await run(state.pool(17), release17.findSuspension, [person.id])
  state.expect(found.length === 1, 'release 17 shows no suspension')
  const message = { id: randomUUID(), srcId: person.id, dstId: other.id, content: 'Hello?' }
  const session = { id: randomUUID(), userId: person.id, token: randomUUID() }
  for (const [release, request] of [
    [3, release3.messageSent(message)],
    [5, release5.messageEdited({ ...message, messageId })],
    [10, release10.sessionStarted(session)],
    [17, release3.messageSent(message)],
  ] as const) {
    if (!state.running.has(release)) continue
    const result = await appendOne(state, release, request)
    const isRefused = result?.constraint?.endsWith('__suspended') ?? false
    state.expect(isRefused, `release ${release} and a suspended user: ${JSON.stringify(result)}`)
  }
  const login = await run(state.pool(0), release0.startSession, [
    ...[session.id, session.userId, session.token],
  ]).catch((error: unknown) => Reflect.get(error as object, 'constraint'))
  state.expect(login === 'suspended_users_17__suspended', `a suspended user logged in: ${login}`)
  const [stays] = await run(state.pool(2), release2.findUserByEmail, [person.email.toLowerCase()])
  state.expect(stays?.id === person.id, 'a suspended user is not found by the address')
}

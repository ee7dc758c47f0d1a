// A client of release 10 in that release's frozen statements: the version of a message grows with each change, of
// whichever release, and every release shows a session that this one starts, labels and ends.
import { randomUUID } from 'node:crypto'
import * as release3 from '../../old-releases/release-3.ts'
import * as release5 from '../../old-releases/release-5.ts'
import * as release10 from '../../old-releases/release-10.ts'
import { run } from '../../old-releases/statement.ts'
import { append, expectVisible, register } from './client-steps.ts'
import type { SharedState } from './shared-state.ts'

export async function client10(state: SharedState): Promise<void> {
  await labelSession(state)
  const [from, to] = [state.anyPerson(), state.anyPerson()]
  if (!from || !to) return
  const message = { id: randomUUID(), srcId: from.id, dstId: to.id, content: 'one' }
  await append(state, 3, release3.messageSent(message))
  await expectVersion(state, message.id, 1)
  const edit = { ...message, id: randomUUID(), messageId: message.id, content: 'two' }
  await append(state, state.running.has(5) ? 5 : 10, release5.messageEdited(edit))
  await expectVersion(state, message.id, 2)
  state.messages.push(message.id)
}

async function expectVersion(state: SharedState, id: string, version: number): Promise<void> {
  const [found] = await run(state.pool(10), release10.findMessage, [id])
  state.expect(found?.version === version, `version ${version} of a message is ${found?.version}`)
}

async function labelSession(state: SharedState): Promise<void> {
  const person = state.newPerson(true)
  await register(state, 10, person)
  const session = { id: randomUUID(), userId: person.id, token: randomUUID() }
  await append(state, 10, release10.sessionStarted(session))
  person.session = session
  await expectVisible(state, person)
  await append(state, 10, release10.sessionLabelled(session, 'phone'))
  await expectVisible(state, person)
  const [found] = await run(state.pool(10), release10.findSession, [session.token])
  state.expect(found?.label === 'phone', `a session is labelled ${found?.label}`)
  if (state.random() < 0.5) {
    const end = { id: session.id, user_id: person.id }
    const event = { stream_id: session.id, stream_version: 3, type: 'session_ended_0', data: end }
    await append(state, 10, [{ events: [event] }])
    person.session = undefined
    await expectVisible(state, person, session.token)
  }
  state.people.push(person)
}

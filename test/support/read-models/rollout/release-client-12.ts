// An operator of release 12 erases a user, in that release's frozen statements. No running release finds the user
// by the address, accepts the session or sends the user a message; what others received stays, and the names are free.
import { randomUUID } from 'node:crypto'
import * as release3 from '../../old-releases/release-3.ts'
import * as release10 from '../../old-releases/release-10.ts'
import * as release12 from '../../old-releases/release-12.ts'
import { run } from '../../old-releases/statement.ts'
import { append, appendOne, expectGone, expectVisible, register } from './client-steps.ts'
import type { Person, SharedState } from './shared-state.ts'

/** Another maintenance command is running. */
const busy = new Set(['55000', '55006'])

export async function client12(state: SharedState): Promise<void> {
  const [person, other] = [state.newPerson(true), state.anyPerson()]
  if (!other) return
  await register(state, 12, person)
  const session = { id: randomUUID(), userId: person.id, token: randomUUID() }
  await append(state, 12, release10.sessionStarted(session))
  person.session = session
  const sent = { id: randomUUID(), srcId: person.id, dstId: other.id, content: 'private words' }
  await append(state, 3, release3.messageSent(sent))
  state.messages.push(sent.id)
  const kept = state.random() < 0.5 ? ['messages'] : []
  if (!(await forget(state, person, kept))) return
  await expectGone(state, person)
  await expectShownAsDeparted(state, person)
  const [message] = await run(state.pool(12), release10.findMessage, [sent.id])
  const content = kept.length > 0 ? sent.content : null
  state.expect(message?.content === content, `a departed user's message is ${message?.content}`)
  await expectNoMessages(state, person, other)
  const successor = { ...state.newPerson(false), email: person.email, username: person.username }
  await register(state, 12, successor)
  await expectVisible(state, successor)
  state.people.push(successor)
}

/** False while another maintenance command is running; then the user stays. */
async function forget(state: SharedState, person: Person, kept: string[]): Promise<boolean> {
  try {
    // The statements of release 0 run as the owner.
    await run(state.pool(0), release12.forgetUser, [person.id, kept])
    return true
  } catch (error) {
    if (!busy.has(String(Reflect.get(error as object, 'code')))) throw error
    state.people.push(person)
    return false
  }
}

async function expectShownAsDeparted(state: SharedState, person: Person): Promise<void> {
  const [user] = await run(state.pool(12), release12.findPublicUser, [person.id])
  const isGone = user?.username === null && user.departed_at instanceof Date
  state.expect(isGone, `release 12 shows a departed user as ${JSON.stringify(user)}`)
}

async function expectNoMessages(state: SharedState, person: Person, other: Person) {
  for (const [release, srcId, dstId, code] of [
    [3, other.id, person.id, 'recipient_unknown'],
    [5, person.id, other.id, 'sender_unknown'],
    [12, other.id, person.id, 'recipient_unknown'],
  ] as const) {
    if (!state.running.has(release)) continue
    const message = { id: randomUUID(), srcId, dstId, content: 'Are you there?' }
    const result = await appendOne(state, release, release3.messageSent(message))
    // The log itself refuses what is about the departed user; a read table may come first.
    const isRejected = [`__${code}`, 'erasures__not_found'].some((end) =>
      result?.constraint?.endsWith(end),
    )
    state.expect(isRejected, `release ${release} and a departed user: ${JSON.stringify(result)}`)
  }
}

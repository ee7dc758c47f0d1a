// A client of release 13 in that release's frozen statements: it changes the address of a new user, which every
// release shows and logs in by; another user registers the freed address through an older release; and the first
// gets it back in the batch in which the second gives it up.
import { randomUUID } from 'node:crypto'
import * as release2 from '../../old-releases/release-2.ts'
import * as release8 from '../../old-releases/release-8.ts'
import * as release13 from '../../old-releases/release-13.ts'
import { run } from '../../old-releases/statement.ts'
import { append, appendOne, expectVisible, register } from './client-steps.ts'
import type { Person, SharedState } from './shared-state.ts'

export async function client13(state: SharedState): Promise<void> {
  const owner = state.newPerson(true)
  const { id, email } = owner
  await register(state, 13, owner)
  await append(
    state,
    13,
    release8.emailVerified({ id: randomUUID(), userId: id, version: 2, email }),
  )
  const change = await changeEmail(state, owner)
  const next = await registerFreed(state, email)
  const back = { id: randomUUID(), userId: id, version: 4, email, oldVerified: true }
  const restored = { ...back, oldEmail: change.email, reverts: change.id }
  const refused = await appendOne(state, 13, release13.emailChanged(restored))
  const isTaken = /^users_\d+__email_taken$/.test(refused?.constraint ?? '')
  state.expect(isTaken, `an address that is taken was set back: ${JSON.stringify(refused)}`)
  const { email: other } = state.newPerson(false)
  const left = { id: randomUUID(), userId: next.id, version: 2, email: other }
  const leaving = release13.emailChanged({ ...left, oldEmail: next.email, oldVerified: false })
  const batch = [...leaving, ...release13.emailChanged(restored)]
  const [row] = await run(state.pool(13), release2.append, [JSON.stringify(batch)])
  const { verdicts = [] } = row as { verdicts?: { position?: unknown }[] }
  const areAccepted = verdicts.length === 2 && verdicts.every(({ position }) => position)
  state.expect(areAccepted, `an address freed and taken at once: ${JSON.stringify(verdicts)}`)
  await expectVisible(state, owner)
  const moved = { ...next, email: other }
  await expectVisible(state, moved)
  state.people.push(owner, moved)
}

/** The token of a request changes the address, and that of the notice is found until it is used. */
async function changeEmail(state: SharedState, { id: userId, email, ...person }: Person) {
  const { email: newEmail } = state.newPerson(false)
  const token = randomUUID()
  const request = { id: randomUUID(), userId, email: newEmail, token }
  await append(state, 13, release13.emailChangeRequested(request))
  const find = () => run(state.pool(13), release13.findRequestedEmail, [token])
  const [found] = await find()
  state.expect(found?.email === newEmail, 'the token of a new address is not found')
  const change = { id: randomUUID(), userId, version: 3, email: newEmail, oldEmail: email }
  await append(state, 13, release13.emailChanged({ ...change, oldVerified: true }))
  state.expect((await find()).length === 0, 'a used token is found')
  await expectVisible(state, { ...person, id: userId, email: newEmail })
  const notice = { id: randomUUID(), userId, token: randomUUID(), changeId: change.id }
  await append(state, 13, release13.emailReversalOffered(notice))
  const [offer] = await run(state.pool(13), release13.findReplacedEmail, [notice.token])
  // A worker that mails the notice of this change meanwhile replaces the token by another one.
  const isReplaced = async () =>
    (await run(state.pool(13), release13.findOffers, [change.id])).length > 1
  state.expect(offer?.email === email || (await isReplaced()), 'the token of a notice is not found')
  return change
}

/** A user of the oldest running release registers the address that was freed. */
async function registerFreed(state: SharedState, email: string): Promise<Person> {
  const next = { ...state.newPerson(true), email }
  await register(state, state.running.has(2) ? 2 : 13, next)
  await expectVisible(state, next)
  return next
}

// A client of release 15 in that release's frozen statements: a new user leaves, and no running release finds the
// user, accepts the session or sends a message. Another user registers the freed address and leaves in the batch in
// which the first is restored, whom every release then shows again.
import { randomUUID } from 'node:crypto'
import { userRegistered } from '../../append-requests.ts'
import * as release2 from '../../old-releases/release-2.ts'
import * as release3 from '../../old-releases/release-3.ts'
import * as release10 from '../../old-releases/release-10.ts'
import * as release15 from '../../old-releases/release-15.ts'
import { run } from '../../old-releases/statement.ts'
import { append, appendOne, expectGone, expectVisible, register } from './client-steps.ts'
import type { Person, SharedState } from './shared-state.ts'

export async function client15(state: SharedState): Promise<void> {
  const person = state.newPerson(true)
  const { id: userId, email, username, hash } = person
  await register(state, 15, person)
  const session = { id: randomUUID(), userId, token: randomUUID() }
  await append(state, 15, release10.sessionStarted(session))
  const leaving = { id: randomUUID(), userId, version: 2, email, username }
  await append(state, 15, release15.userLeft(leaving))
  const left = { ...person, session }
  await expectGone(state, left)
  await expectSilence(state, left)
  await expectOffer(state, leaving)
  const oldest = state.running.has(2) ? 2 : 15
  const other = { ...state.newPerson(true), email }
  await expectReserved(state, oldest, { ...other, username })
  await register(state, oldest, other)
  const back = release15.userRestored({ ...leaving, id: randomUUID(), version: 3, hash })
  const refused = await appendOne(state, 15, back)
  const isTaken = /^users_\d+__email_taken$/.test(refused?.constraint ?? '')
  state.expect(isTaken, `an address that is taken was restored: ${JSON.stringify(refused)}`)
  const next = { id: randomUUID(), userId: other.id, version: 2, email, username: other.username }
  const batch = JSON.stringify([...release15.userLeft(next), ...back])
  const [row] = await run(state.pool(15), release2.append, [batch])
  const { verdicts = [] } = row as { verdicts?: { position?: unknown }[] }
  const areAccepted = verdicts.length === 2 && verdicts.every(({ position }) => position)
  state.expect(areAccepted, `an address left and restored at once: ${JSON.stringify(verdicts)}`)
  await expectVisible(state, person, session.token)
  state.people.push(person)
}

/** No message reaches or leaves a user who left, whichever release sends it. */
async function expectSilence(state: SharedState, { id }: Person): Promise<void> {
  const other = state.anyPerson()
  for (const release of [3, 15]) {
    if (!other || !state.running.has(release)) continue
    for (const [srcId, dstId, code] of [
      [other.id, id, 'recipient_unknown'],
      [id, other.id, 'sender_unknown'],
    ] as const) {
      const message = { id: randomUUID(), srcId, dstId, content: 'Are you there?' }
      const result = await appendOne(state, release, release3.messageSent(message))
      const isRefused = new RegExp(`^blocks_(12|17)__${code}$`).test(result?.constraint ?? '')
      state.expect(isRefused, `release ${release} was answered ${JSON.stringify(result)}`)
    }
  }
}

/** The token in the mail about a deletion is found. */
async function expectOffer(
  state: SharedState,
  { id: leavingId, userId }: { readonly id: string; readonly userId: string },
): Promise<void> {
  const token = randomUUID()
  await append(
    state,
    15,
    release15.restorationOffered({ id: randomUUID(), userId, leavingId, token }),
  )
  const found = await run(state.pool(15), release15.findLeftUser, [token])
  // A worker that mails the notice meanwhile replaces the token by another one.
  const { rows } = await state
    .pool(15)
    .query('select from log.restoration_offered_15 where leaving_id = $1', [leavingId])
  state.expect(found.length === 1 || rows.length > 1, 'the token of a restoration is not found')
}

/** The username of a user who left is reserved, also on an older release. */
async function expectReserved(state: SharedState, release: number, person: Person): Promise<void> {
  const { username } = person
  const other = userRegistered(randomUUID(), { email: `${randomUUID()}@example.com`, username })
  const result = await appendOne(state, release, [other])
  const isRefused = result?.constraint === 'reserved_usernames_14__username_taken'
  state.expect(isRefused, `a username of a user who left: ${JSON.stringify(result)}`)
}

// What servers of release 8 say over and over: a password is forgotten, and set anew by the token of
// a mail; an address is verified; in that release's frozen statements, while workers send real mails.
import { randomUUID } from 'node:crypto'
import { userRegistered } from '../append-requests.ts'
import * as release2 from '../old-releases/release-2.ts'
import * as release7 from '../old-releases/release-7.ts'
import * as release8 from '../old-releases/release-8.ts'
import { run } from '../old-releases/statement.ts'
import { append, everybodySees, startSession } from './release-client.ts'
import type { Person, SharedState } from './shared-state.ts'

export async function speak8(state: SharedState): Promise<void> {
  await setAnew(state)
  await verify(state)
  await forget(state)
}

/** Has a token issued for a mail of its own. */
async function issue(state: SharedState, userId: string, purpose: string): Promise<string> {
  const id = randomUUID()
  await append(state, 8, release8.mailTokenIssued({ id, userId, purpose, token: id }))
  return id
}

/** Whoever the token is good for, and the version of his stream. */
async function find(state: SharedState, token: string, purpose: string) {
  const [found] = await run(state.pool(8), release8.findMailToken, [token, purpose])
  return found
}

/** Who forgot a password sets a new one by the token of a mail: every session of his is over. */
async function setAnew(state: SharedState): Promise<void> {
  const person = state.borrow()
  if (!person) return
  const purpose = 'password_reset'
  const older = await issue(state, person.id, purpose)
  const token = await issue(state, person.id, purpose)
  const found = await find(state, token, purpose)
  state.expect(found?.user_id === person.id, 'a token is not found')
  state.expect(!(await find(state, older, purpose)), 'a token that was replaced is found')
  const passwordHash = `${person.hash}, forgotten`
  const version = Number(found?.version) + 1
  const change = { id: randomUUID(), userId: person.id, version, passwordHash, sessionId: null }
  await append(state, 8, release2.passwordChanged(change))
  const over = person.session?.token
  person.hash = passwordHash
  person.session = undefined
  state.expect(!(await find(state, token, purpose)), 'a token that was used is found')
  await everybodySees(state, person, over)
  state.people.push(person)
}

/** A newcomer verifies his address, which changes nothing for older servers; he logs in by release 0. */
async function verify(state: SharedState): Promise<void> {
  const person = state.stranger(true)
  const { id, email, username, hash: password_hash } = person
  await append(state, 8, [userRegistered(id, { email, username, password_hash })])
  const purpose = 'email_verification'
  const token = await issue(state, id, purpose)
  const found = await find(state, token, purpose)
  state.expect(found?.user_id === id, 'a token is not found')
  const version = Number(found?.version) + 1
  const verification = { id: randomUUID(), userId: id, version, email }
  await append(state, 8, release8.emailVerified(verification))
  state.expect(!(await find(state, token, purpose)), 'a token that was used is found')
  const [seen] = await run(state.pool(8), release8.findVerified, [id])
  state.expect(seen?.verified === true, 'an address that was verified is not')
  await oldServersCope(state, person)
  if (state.running.has(0)) await startSession(state, 0, person)
  await everybodySees(state, person)
  state.people.push(person)
}

/** Each can load his stream, and those who tell what happened to him tell it. */
async function oldServersCope(state: SharedState, { id }: Person): Promise<void> {
  for (const release of state.running) {
    const view = Math.max(...[0, 1, 2, 4, 8].filter((each) => each <= release))
    const load = {
      name: `${release}.loadUser`,
      text: `select standing from log.user_stream_${view} where stream_id = $1`,
    }
    const events = await run(state.pool(release), load, [id])
    const unknown = events.some(({ standing }) => standing === 'unknown')
    state.expect(events.length > 1 && !unknown, `release ${release} cannot load a stream`)
  }
  if (!state.running.has(7)) return
  const history = await run(state.pool(7), release7.listHistory, [id])
  state.expect(history.at(-1)?.what === 'email_verified', 'a history misses a verification')
}

/** Somebody says that he forgot his password; a worker mails him. */
async function forget(state: SharedState): Promise<void> {
  const person = state.anybody()
  if (!person) return
  const process = release8.passwordResetTask
  const data = JSON.stringify({ email: person.email.toUpperCase() })
  const [task] = await run(state.pool(8), release8.ask, [process, data])
  state.forgotten.push({ process, id: String(task?.id) })
}

// A client of release 8 in that release's frozen statements: it resets a password by a mail token,
// verifies an address, and requests a reset mail, which the workers send.
import { randomUUID } from 'node:crypto'
import * as release2 from '../../old-releases/release-2.ts'
import * as release7 from '../../old-releases/release-7.ts'
import * as release8 from '../../old-releases/release-8.ts'
import { run } from '../../old-releases/statement.ts'
import { append, expectLoadable, expectVisible, register, startSession } from './client-steps.ts'
import type { Person, SharedState } from './shared-state.ts'

export async function client8(state: SharedState): Promise<void> {
  await resetPassword(state)
  await verifyEmail(state)
  await requestReset(state)
}

/** Issues a token for a new mail, and returns it. */
async function issueToken(state: SharedState, userId: string, purpose: string): Promise<string> {
  const id = randomUUID()
  await append(state, 8, release8.mailTokenIssued({ id, userId, purpose, token: id }))
  return id
}

/** The user for whom a token is valid, and the version of the user's stream. */
async function findToken(state: SharedState, token: string, purpose: string) {
  const [found] = await run(state.pool(8), release8.findMailToken, [token, purpose])
  return found
}

/** A reset invalidates older and used tokens and ends every session of the user. */
async function resetPassword(state: SharedState): Promise<void> {
  const person = state.takePerson()
  if (!person) return
  const purpose = 'password_reset'
  const older = await issueToken(state, person.id, purpose)
  const token = await issueToken(state, person.id, purpose)
  const found = await findToken(state, token, purpose)
  state.expect(found?.user_id === person.id, 'a reset token is not found')
  state.expect(!(await findToken(state, older, purpose)), 'a replaced reset token is found')
  const passwordHash = `${person.hash}, forgotten`
  const version = Number(found?.version) + 1
  const change = { id: randomUUID(), userId: person.id, version, passwordHash, sessionId: null }
  await append(state, 8, release2.passwordChanged(change))
  const ended = person.session?.token
  person.hash = passwordHash
  person.session = undefined
  state.expect(!(await findToken(state, token, purpose)), 'a used reset token is found')
  await expectVisible(state, person, ended)
  state.people.push(person)
}

/** A new user verifies their address. Older servers notice nothing: the user logs in by release 0. */
async function verifyEmail(state: SharedState): Promise<void> {
  const person = state.newPerson(true)
  const { id, email } = person
  await register(state, 8, person)
  const purpose = 'email_verification'
  const token = await issueToken(state, id, purpose)
  const found = await findToken(state, token, purpose)
  state.expect(found?.user_id === id, 'a verification token is not found')
  const version = Number(found?.version) + 1
  const verification = { id: randomUUID(), userId: id, version, email }
  await append(state, 8, release8.emailVerified(verification))
  state.expect(!(await findToken(state, token, purpose)), 'a used verification token is found')
  const [seen] = await run(state.pool(8), release8.findVerified, [id])
  state.expect(seen?.verified === true, 'a verified address is not shown as verified')
  await expectLoadable(state, person)
  await expectInHistory(state, person)
  if (state.running.has(0)) await startSession(state, 0, person)
  await expectVisible(state, person)
  state.people.push(person)
}

/** Release 7 lists the verification. */
async function expectInHistory(state: SharedState, { id }: Person): Promise<void> {
  if (!state.running.has(7)) return
  const history = await run(state.pool(7), release7.listHistory, [id])
  state.expect(history.at(-1)?.what === 'email_verified', 'a history lacks a verification')
}

/** Adds the task by which a worker mails a reset token. */
async function requestReset(state: SharedState): Promise<void> {
  const person = state.anyPerson()
  if (!person) return
  const process = release8.passwordResetTask
  const data = JSON.stringify({ email: person.email.toUpperCase() })
  const [task] = await run(state.pool(8), release8.ask, [process, data])
  state.requestedResets.push({ process, id: String(task?.id) })
}

// Steps and checks that clients of several releases have in common. After each acknowledged write,
// `expectVisible` asserts that every running release shows it at once.
import { randomUUID } from 'node:crypto'
import { type AppendResult, userRegistered } from '../../append-requests.ts'
import * as release0 from '../../old-releases/release-0.ts'
import * as release1 from '../../old-releases/release-1.ts'
import * as release2 from '../../old-releases/release-2.ts'
import * as release10 from '../../old-releases/release-10.ts'
import { run } from '../../old-releases/statement.ts'
import type { Person, SharedState } from './shared-state.ts'

const readers = [
  { user: release0.findUserByEmail, session: release0.findSession },
  { user: release1.findUserByEmail, session: release0.findSession },
  { user: release2.findUserByEmail, session: release2.findSession },
]

/** Every running release shows the user as they are, and does not accept the token `ended`. */
export async function expectVisible(
  state: SharedState,
  person: Person,
  ended?: string,
): Promise<void> {
  for (const release of state.running) {
    const reader = readers[Math.min(release, 2)] as (typeof readers)[number]
    const findSession = release >= 10 ? release10.findSession : reader.session
    const pool = state.pool(release)
    const [found] = await run(pool, reader.user, [person.email.toLowerCase()])
    const right = found?.id === person.id && found.password_hash === person.hash
    state.expect(right, `release ${release} shows ${JSON.stringify(found)} for ${person.hash}`)
    if (person.session) {
      const [session] = await run(pool, findSession, [person.session.token])
      state.expect(session?.id === person.session.id, `release ${release} lacks a session`)
    }
    if (!ended) continue
    const [session] = await run(pool, findSession, [ended])
    state.expect(!session, `release ${release} accepts a session that has ended`)
  }
}

/** No running release finds the user by the address or accepts the session. */
export async function expectGone(state: SharedState, person: Person): Promise<void> {
  for (const release of state.running) {
    const pool = state.pool(release)
    const find = release < 2 ? release0.findUserByEmail : release2.findUserByEmail
    const found = await run(pool, find, [person.email.toLowerCase()])
    state.expect(found.length === 0, `release ${release} finds a user who has gone`)
    const findSession =
      release < 2
        ? release0.findSession
        : release < 10
          ? release2.findSession
          : release10.findSession
    const sessions = await run(pool, findSession, [person.session?.token])
    state.expect(
      sessions.length === 0,
      `release ${release} accepts the session of a user who has gone`,
    )
  }
}

/** A second registration of an address is rejected, whatever state the newest table is in. */
export async function expectEmailTaken(state: SharedState, release: number): Promise<void> {
  const owner = state.anyPerson()
  if (!owner) return
  const values = [randomUUID(), owner.email.toUpperCase(), 'a second']
  const constraint = await run(state.pool(release), release0.registerUser, values).then(
    () => 'nothing',
    (error) => String(error.constraint),
  )
  const rejected = /^users_\d+__email_taken$/.test(constraint)
  state.expect(rejected, `a second registration of an address violated ${constraint}`)
}

export async function startSession(
  state: SharedState,
  release: number,
  person: Person,
): Promise<void> {
  const session = { id: randomUUID(), token: randomUUID() }
  await run(state.pool(release), release0.startSession, [session.id, person.id, session.token])
  person.session = session
}

/** Calls log.append with the only request of a list. */
export async function appendOne(
  state: SharedState,
  release: number,
  requests: unknown,
): Promise<AppendResult> {
  const [row] = await run(state.pool(release), release2.append, [JSON.stringify(requests)])
  return (row as { verdicts: AppendResult[] }).verdicts[0] as AppendResult
}

/** Appends a request that the database must accept. */
export async function append(
  state: SharedState,
  release: number,
  requests: unknown,
): Promise<void> {
  const result = await appendOne(state, release, requests)
  state.expect(Boolean(result?.position), `append was rejected with ${JSON.stringify(result)}`)
}

/** Registers a user with a username by an append of this release. */
export async function register(state: SharedState, release: number, person: Person): Promise<void> {
  const { id, email, username, hash: password_hash } = person
  await append(state, release, [userRegistered(id, { email, username, password_hash })])
}

/** A client of no release, e.g. psql: writes header and row in one statement. */
export async function headerAndRowClient(state: SharedState): Promise<void> {
  const person = state.newPerson(false)
  const statement = {
    name: 'header and row',
    text: `with h as (
             insert into log.events (stream_id, stream_version, type)
             values ($1, 1, 'user_registered_0') returning position, recorded_at)
           insert into log.user_registered_0
           select $1, $2, $3, recorded_at, position from h`,
  }
  await run(state.pool(0), statement, [person.id, person.email, person.hash])
  await expectVisible(state, person)
  state.people.push(person)
}

/** Every running release can load the user's stream. */
export async function expectLoadable(state: SharedState, { id }: Person): Promise<void> {
  for (const release of state.running) {
    const view = Math.max(...[0, 1, 2, 4, 8, 9, 12, 13, 14, 15].filter((each) => each <= release))
    const load = {
      name: `${release}.loadUser`,
      text: `select standing from log.user_stream_${view} where stream_id = $1`,
    }
    const events = await run(state.pool(release), load, [id])
    const unknown = events.some(({ standing }) => standing === 'unknown')
    state.expect(events.length > 1 && !unknown, `release ${release} cannot load a stream`)
  }
}

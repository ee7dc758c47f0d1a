// What the servers of each release say and see in the same way: sessions, a command alone, and
// after each thing the database acknowledged, that every release that runs sees it at once; and what
// somebody says who is of no release.
import { randomUUID } from 'node:crypto'
import type { AppendResult } from '../append-requests.ts'
import * as release0 from '../old-releases/release-0.ts'
import * as release1 from '../old-releases/release-1.ts'
import * as release2 from '../old-releases/release-2.ts'
import { run } from '../old-releases/statement.ts'
import type { Person, SharedState } from './shared-state.ts'

const readers = [
  { user: release0.findUserByEmail, session: release0.findSession },
  { user: release1.findUserByEmail, session: release0.findSession },
  { user: release2.findUserByEmail, session: release2.findSession },
]

/** Servers of every release that runs see somebody as he is, and no session that is over. */
export async function everybodySees(
  state: SharedState,
  person: Person,
  over?: string,
): Promise<void> {
  for (const release of state.running) {
    const reader = readers[Math.min(release, 2)] as (typeof readers)[number]
    const pool = state.pool(release)
    const [found] = await run(pool, reader.user, [person.email.toLowerCase()])
    const right = found?.id === person.id && found.password_hash === person.hash
    state.expect(right, `release ${release} sees ${JSON.stringify(found)} for ${person.hash}`)
    if (person.session) {
      const [session] = await run(pool, reader.session, [person.session.token])
      state.expect(session?.id === person.session.id, `release ${release} misses a session`)
    }
    if (!over) continue
    const [session] = await run(pool, reader.session, [over])
    state.expect(!session, `release ${release} takes a session that is over`)
  }
}

/** An address that is taken stays so, in whatever state the newest table is. */
export async function emailIsTaken(state: SharedState, release: number): Promise<void> {
  const taken = state.anybody()
  if (!taken) return
  const values = [randomUUID(), taken.email.toUpperCase(), 'a second']
  const refusal = await run(state.pool(release), release0.registerUser, values).then(
    () => 'nothing',
    (error) => String(error.constraint),
  )
  state.expect(/^users_\d__email_taken$/.test(refusal), `a taken address met ${refusal}`)
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

/** Calls log.append with a single command. */
export async function verdictOf(
  state: SharedState,
  release: number,
  commands: unknown,
): Promise<AppendResult> {
  const [row] = await run(state.pool(release), release2.append, [JSON.stringify(commands)])
  return (row as { verdicts: AppendResult[] }).verdicts[0] as AppendResult
}

/** Appends what must not be refused. */
export async function append(
  state: SharedState,
  release: number,
  commands: unknown,
): Promise<void> {
  const verdict = await verdictOf(state, release, commands)
  state.expect(Boolean(verdict?.position), `refused with ${JSON.stringify(verdict)}`)
}

/** Somebody with psql, who writes header and row in one statement. */
export async function speakByHeader(state: SharedState): Promise<void> {
  const person = state.stranger(false)
  const statement = {
    name: 'header and row',
    text: `with h as (
             insert into log.events (stream_id, stream_version, type)
             values ($1, 1, 'user_registered_0') returning position, recorded_at)
           insert into log.user_registered_0
           select $1, $2, $3, recorded_at, position from h`,
  }
  await run(state.pool(0), statement, [person.id, person.email, person.hash])
  await everybodySees(state, person)
  state.people.push(person)
}

// Races of an operator who suspends a user with what the user does on two servers, while the tables of every release are
// live. Afterwards the user has no session, cannot log in, and nothing that the user did is recorded after the suspension.
import type { Pool } from 'pg'
import type { Test } from 'tap'
import { createOperators, OperatorError } from '../../src/operators.ts'
import { createEventStore } from '../../src/platform/event-store/event-store.ts'
import { password } from './http/served.ts'
import { issueToken } from './issue-token.ts'
import { type Answer, type Arena, arrive, expect, raceOnTwoServers } from './racing-servers.ts'

const next = 'the next secret words'
const act = { reason: 'a race', actor: 'Olga' }

/** Races an operator's suspension of a new user with the request; checks what is left, and returns its status. */
async function suspendBeside(
  arena: Arena,
  request: (user: { id: string; token: string }) => Promise<Answer>,
  ...possible: readonly string[]
): Promise<string> {
  const a = await arrive(arena.one, `a${arena.tag}`)
  const suspended = createOperators(arena.pool).suspend(a.id, act)
  const [answer, isNew] = await Promise.all([request(a), suspended])
  if (!isNew) throw new Error('the user was suspended before')
  for (const token of [a.token, answer.body?.token]) {
    if (token) expect(await arena.other('GET /users/me', undefined, token), '401 unauthenticated')
  }
  await nothingAfterSuspension(arena.pool, a.id)
  return expect(answer, ...possible)
}

const logIn = (tag: string, word: string) => ({ email: `a${tag}@x.org`, password: word }) as const

const races = {
  /** A login is refused, or its session is ended. */
  login: (arena: Arena) =>
    suspendBeside(
      arena,
      () => arena.other('POST /sessions', logIn(arena.tag, password)),
      ...['201', '403 suspended'],
    ),

  /** A message is recorded before the suspension, or refused. */
  async message(arena: Arena) {
    const b = await arrive(arena.other, `b${arena.tag}`)
    const body = { to: b.id, content: 'Hello' }
    return suspendBeside(
      arena,
      ({ token }) => arena.other('POST /messages', body, token),
      ...['201', '401 unauthenticated'],
    )
  },

  /** A change of the password keeps no session. */
  async password(arena: Arena) {
    const body = { currentPassword: password, newPassword: next }
    return suspendBeside(
      arena,
      ({ token }) => arena.other('PUT /users/me/password', body, token),
      ...['204', '401 unauthenticated'],
    )
  },

  /** The link of a reset mail works for a suspended user too, who cannot log in with the new password. */
  async reset(arena: Arena) {
    const outcome = await suspendBeside(
      arena,
      async ({ id }) => {
        const token = await issueToken(createEventStore(arena.pool), id, {
          purpose: 'password_reset',
        })
        return arena.other('POST /password-resets/confirm', { token, newPassword: next })
      },
      '204',
    )
    expect(await arena.one('POST /sessions', logIn(arena.tag, next)), '403 suspended')
    return outcome
  },

  /** A user who leaves is suspended beside it. */
  leaving: (arena: Arena) =>
    suspendBeside(
      arena,
      ({ token }) => arena.other('POST /users/me/deletion', { currentPassword: password }, token),
      ...['204', '401 unauthenticated'],
    ),

  /** Another name is taken before the suspension, or not at all. */
  rename: (arena: Arena) =>
    suspendBeside(
      arena,
      ({ token }) => arena.other('PUT /users/me/username', { username: `c${arena.tag}` }, token),
      ...['204', '401 unauthenticated'],
    ),

  /** A suspension that was decided before the erasure of the user leaves none of its texts. */
  async erasure({ one, owner, pool, tag }: Arena) {
    const { id } = await arrive(one, `a${tag}`)
    const suspended = createOperators(pool).suspend(id, act).catch(refusal)
    const [result] = await Promise.all([
      suspended,
      owner.query(`select log.forget($1, 'a race')`, [id]),
    ])
    const text = `select from log.user_suspended_17 where user_id = $1 and reason <> ''`
    const { rowCount } = await owner.query(text, [id])
    if (rowCount !== 0) throw new Error('the reason is in the log after the erasure')
    return String(result)
  },

  /** Two operators suspend a user once, and reinstate the user once. */
  async operators({ one, pool, tag }: Arena) {
    const { id } = await arrive(one, `a${tag}`)
    const [first, second] = [createOperators(pool), createOperators(pool)]
    for (const both of [
      () => [first.suspend(id, act), second.suspend(id, act)],
      () => [first.reinstate(id, act), second.reinstate(id, act)],
    ]) {
      const results = await Promise.all(both())
      if (results[0] === results[1]) throw new Error(`both operators got ${results[0]}`)
    }
    expect(await one('POST /sessions', logIn(tag, password)), '201')
    return 'once'
  },

  /** Two operators settle a report, and one of them learns that it is settled. */
  async settlement({ one, other, pool, tag }: Arena) {
    const [a, b] = [await arrive(one, `a${tag}`), await arrive(other, `b${tag}`)]
    const sent = await one('POST /messages', { to: b.id, content: 'Hello' }, a.token)
    const path = `POST /messages/${sent.body.id}/reports`
    expect(await other(path, { reason: 'spam' }, b.token), '204')
    const { reports } = await createOperators(pool).reports('open')
    const reportId = reports.find(({ messageId }) => messageId === sent.body.id)?.id ?? ''
    const settlement = { reportId, outcome: 'upheld', note: null, actor: 'Olga' } as const
    const settle = () =>
      createOperators(pool)
        .settle(settlement)
        .then(() => 'settled', refusal)
    return (await Promise.all([settle(), settle()])).sort().join()
  },
}

/** Runs the races in turn, and returns how often each outcome occurred. Fails the test where one is impossible. */
export const raceOfSuspensions = (t: Test, rounds: number, seed: number) =>
  raceOnTwoServers(t, races, rounds, seed)

/** Except for what the link of a mail does: it resets the password of a suspended user, too. */
async function nothingAfterSuspension(pool: Pool, userId: string): Promise<void> {
  const { rows } = await pool.query(
    `select e.type, e.position from log.events e, log.user_suspended_17 s
     where s.user_id = $1 and e.position > s.position
       and e.metadata ->> 'actor' = $1::text
       and e.type !~ '^(session_ended|password_changed|email_verified)_'
     union all
     select 'a session', position from read.sessions_10 where user_id = $1`,
    [userId],
  )
  if (rows.length > 0) throw new Error(`left after the suspension: ${JSON.stringify(rows)}`)
}

function refusal(error: unknown): string {
  if (error instanceof OperatorError) return error.message
  throw error
}

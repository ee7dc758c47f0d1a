// Suspensions race with logins, messages and changes of the password, on two servers: once a user is suspended, no
// session is left and no later event of theirs is in the log.
import t from 'tap'
import { createOperators } from '../../../src/operators.ts'
import { password, served } from '../../support/http/served.ts'
import { servers } from '../../support/old-releases/statement.ts'

const { another, arrive, client, databaseUrl, owner } = await served(t)
const second = await another()
const operators = createOperators(servers(t, databaseUrl, 'epistle_service'))
const bob = await arrive('bob')
const rounds = 8

type Person = Awaited<ReturnType<typeof arrive>>

/** Suspends users while each sends the request several times to both servers; returns the statuses. */
async function race(name: string, send: (person: Person, baseUrl?: string) => Promise<Response>) {
  const statuses = new Set<number>()
  for (let n = 0; n < rounds; n += 1) {
    const person = await arrive(`${name}${n}`)
    const sent = [undefined, second, undefined, second].map((url) => send(person, url))
    const suspended = operators.suspend(person.user.id, { reason: 'a race', actor: 'Olga' })
    for (const { status } of await Promise.all(sent)) statuses.add(status)
    t.ok(await suspended)
    await expectNothingLeft(person)
  }
  return statuses
}

async function expectNothingLeft({ user: { id } }: Person) {
  const { rows } = await owner.query(
    `select (select count(*)::int from read.sessions_10 where user_id = $1) as sessions,
       (select count(*)::int from log.events e, log.user_suspended_17 s
        where s.user_id = $1 and e.position > s.position
          and e.metadata ->> 'actor' = $1::text and e.type !~ '^session_ended') as later`,
    [id],
  )
  t.strictSame(rows, [{ sessions: 0, later: 0 }])
}

t.test('A login is refused, or its session is ended', async (t) => {
  const statuses = await race('login', async ({ email }, url) => {
    return (await client(undefined, url).POST('/sessions', { body: { email, password } })).response
  })
  t.ok(
    [...statuses].every((status) => [201, 403].includes(status)),
    [...statuses].join(),
  )
})

t.test('A message is recorded before the suspension, or answered 401', async (t) => {
  const statuses = await race('sender', async ({ token }, url) => {
    const body = { to: bob.user.id, content: 'Hello' }
    return (await client(token, url).POST('/messages', { body })).response
  })
  t.ok(
    [...statuses].every((status) => [201, 401].includes(status)),
    [...statuses].join(),
  )
})

t.test('A changed password keeps no session of a suspended user', async (t) => {
  const statuses = await race('changer', async ({ token }, url) => {
    const body = { currentPassword: password, newPassword: 'the next secret words' }
    return (await client(token, url).PUT('/users/me/password', { body })).response
  })
  t.ok(
    [...statuses].every((status) => [204, 401, 403, 409].includes(status)),
    [...statuses].join(),
  )
})

t.test('Two operators suspend a user once, and settle a report once', async (t) => {
  const eve = await arrive('eve')
  const act = { reason: 'both', actor: 'Olga' }
  const both = [1, 2].map(() => operators.suspend(eve.user.id, act))
  t.strictSame((await Promise.all(both)).sort(), [false, true])
})

// The plans that a server keeps. One that was made for an empty table must also be right for many conversations: no
// request reads a table whole.
import t from 'tap'
import { listMessages } from '../../../src/features/messages/queries.ts'
import { beyondLastPosition } from '../../../src/platform/event-store/event.ts'
import { openSession } from '../../../src/platform/postgres/session.ts'
import { serviceSession } from '../../../src/service-pool.ts'
import { writeMessages } from '../../bench/history.ts'
import { append, messageSent, userRegistered } from '../../support/append-requests.ts'
import { serving } from '../../support/event-store/queue-serving.ts'
import { served } from '../../support/http/served.ts'
import { idOf } from '../../support/ids.ts'
import { connect } from '../../support/installed.ts'

const { server, owner, arrive } = await served(t)

/** How many rows of each read table were read by reading the table whole. */
async function reads(): Promise<Map<string, number>> {
  await owner.query('select pg_stat_force_next_flush()')
  const { rows } = await owner.query<{ name: string; read: number }>(
    `select relname::text as name, seq_tup_read::float8 as read from pg_stat_user_tables
     where schemaname = 'read' and relname <> 'tables'`,
  )
  return new Map(rows.map(({ name, read }) => [name, read]))
}

t.test('A server that began on empty tables reads none of them whole later', async (t) => {
  await owner.query('vacuum analyze') // as autovacuum may have done
  const { user, client } = await arrive('ada')
  const others = Array.from({ length: 500 }, (_, n) => idOf(n + 1))
  await append(
    owner,
    others.map((id) => userRegistered(id)),
  )
  const use = async (to: string) => {
    const { error } = await client.POST('/messages', { body: { to, content: 'Hello' } })
    t.equal(error, undefined)
    for (const path of ['/conversations', '/messages', '/users/me', '/sessions'] as const) {
      t.equal((await client.GET(path, { params: { query: {} } })).error, undefined)
    }
  }
  // Often enough for PostgreSQL to settle on plans that are kept.
  for (const other of others.slice(0, 12)) await use(other)
  const before = await reads()
  await append(
    owner,
    others.map((other) => messageSent(other.replace(/^0/, 'b'), other, user.id)),
  )
  for (const other of others.slice(-12)) await use(other)
  // Then the connections publish what they counted.
  await server.close()
  const after = await reads()
  const whole = [...after].filter(([name, read]) => read - (before.get(name) ?? 0) > 500)
  t.strictSame(whole, [])
})

t.test('A page out of many messages is not planned again for each request', async (t) => {
  const { url } = await serving(t)
  const owner = await connect(t, url)
  const users = [1, 2, 3, 4].map(idOf)
  await append(
    owner,
    users.map((id) => userRegistered(id)),
  )
  await writeMessages(owner, users, 20_000)
  const client = await openSession(url, serviceSession, {})
  t.teardown(() => client.end())
  const [userId = '', other] = users
  for (const order of ['desc', 'asc'] as const) {
    for (const box of ['inbox', 'sent', undefined] as const) {
      for (const filter of [
        { userId, box },
        { userId, box, with: other },
      ]) {
        for (let call = 0; call < 8; call += 1) {
          const page = { order, fetch: 51, key: order === 'asc' ? '0' : beyondLastPosition }
          t.equal((await listMessages(client, filter, page)).length, 51)
        }
      }
    }
  }
  const { rows } = await client.query(
    `select name, generic_plans::int, custom_plans::int from pg_prepared_statements where name like 'list%'`,
  )
  t.equal(rows.length, 12)
  // PostgreSQL always makes a plan for each of the first five calls.
  t.strictSame(
    rows.filter(({ custom_plans }) => custom_plans > 5),
    [],
  )
})

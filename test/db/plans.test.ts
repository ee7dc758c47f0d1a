// Plans: plpgsql keeps the plan of a statement as long as the connection lasts. A plan that was right for an
// empty table or a large batch must also be right for a long log and a single event after it.
// No statement takes longer to compile than to run.
import type { ClientBase } from 'pg'
import t from 'tap'
import {
  type AppendRequest,
  append,
  messageSent,
  passwordChanged,
  sessionStarted,
  userRegistered,
} from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { readInAll, readMoreThan } from '../support/rows-read.ts'

t.test(
  'A connection that began with large batches on an empty log reads no table whole for a single event',
  async (t) => {
    const client = await connect(t, await installedDatabase(t))
    await client.query('vacuum analyze') // as autovacuum may have done
    const users = Array.from({ length: 1_000 }, (_, n) => idOf(n))
    const [first = '', second = ''] = users
    const idLike = (letter: string, user: string) => user.replace(/^0/, letter)
    // Often enough for PostgreSQL to settle on a plan that is kept.
    const changes = Array.from({ length: 10 }, (_, n) => passwordChanged(idOf(9_999), n + 2))
    await append(client, [userRegistered(idOf(9_999)), ...changes])
    await append(
      client,
      users.map((user) => userRegistered(user)),
    )
    await append(
      client,
      users.map((user) => sessionStarted(idLike('a', user), user)),
    )
    await append(
      client,
      users.map((user) => passwordChanged(user, 2)),
    )
    await append(
      client,
      users.map((user) => messageSent(idLike('b', user), user, first)),
    )

    const single: Record<string, AppendRequest> = {
      registration: userRegistered(idOf(2_000)),
      session: sessionStarted(idLike('c', first), first),
      'change of password': passwordChanged(first, 3),
      message: messageSent(idLike('d', first), first, second),
    }
    for (const [name, request] of Object.entries(single)) {
      t.strictSame(await readEvery(client, request), [], name)
    }
  },
)

/** The tables that grow with the log, and their indexes, of which this append reads every row. */
async function readEvery(client: ClientBase, request: AppendRequest): Promise<string[]> {
  const before = await readInAll(['log', 'read'], client)
  await append(client, [request])
  return readMoreThan(100, before, await readInAll(['log', 'read'], client))
}

t.test('Guards and projections of plain SQL compile no statement', async (t) => {
  const client = await connect(t, await installedDatabase(t))
  // The cost of a table that has to be read whole, or sorted, with such a setting passes jit_above_cost.
  const { rows: compiling } = await client.query(
    `select proname from pg_proc
     where prorettype = 'trigger'::regtype and proconfig::text ~ 'enable_' and 'jit=off' <> all (proconfig)`,
  )
  t.strictSame(compiling, [], 'no trigger disables paths and compiles')

  await client.query(
    `set jit = on;
     create function public.look() returns trigger language plpgsql as $$
     begin raise exception 'jit is %', current_setting('jit'); end $$;
     create trigger look before insert on read.user_ids_0 execute function public.look()`,
  )
  const registration = client.query(
    `insert into log.user_registered_1 (id, email, password_hash, username)
     values ($1, 'ann@example.com', '', 'ann')`,
    [idOf(1)],
  )
  await t.rejects(registration, { message: 'jit is off' }, 'the projections do not compile')
})

// The pace of a replay: it rests so that writers get the processor, but not where no other session writes, nor
// where writers wait for its end.
import type { ClientBase } from 'pg'
import t from 'tap'
import { checkInstall, install } from '../../../../src/platform/read-models/install/install.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import type { Finishing } from '../../../support/database.ts'
import { connect } from '../../../support/installed.ts'
import { backendPid } from '../../../support/read-models/blocked-sessions.ts'
import { registerMany, releaseZero } from '../../../support/read-models/many-users.ts'
import { until } from '../../../support/until.ts'

const people = 3_000
const { url, db } = await releaseZero(t, people)
const say = () => undefined

/**
 * The time to rest that each call of a replay function is given while `work` runs; `beforeEach` runs before each
 * call.
 */
async function restsOf(
  t: Finishing,
  work: (client: ClientBase) => Promise<unknown>,
  beforeEach: () => Promise<void> = async () => undefined,
): Promise<number[]> {
  const client = await connect(t, url)
  const query = client.query.bind(client)
  const rests: number[] = []
  client.query = (async (text: unknown, values?: unknown[]) => {
    if (typeof text === 'string' && text.includes('_replay"(')) {
      rests.push(Number(values?.[3]))
      await beforeEach()
    }
    return query(text as string, values)
  }) as typeof client.query
  await work(client)
  return rests
}

t.test('A replay with a time to rest rests after it has worked for a while', async (t) => {
  const client = await connect(t, url)
  const pid = await backendPid(client)
  await client.query('begin; delete from read.users_0')
  const resting = t.rejects(client.query('select read.users_0_replay(0, 1000000, 1, 60000)'), {
    code: '57014',
  })
  await until('the replay rests', async () => {
    const { rowCount } = await db.query(
      `select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`,
      [pid],
    )
    return rowCount ?? 0
  })
  await db.query('select pg_cancel_backend($1)', [pid])
  await resting
  await client.query('rollback')
})

t.test('Verify and the pre-flight replay with rests', async (t) => {
  for (const work of [
    (client: ClientBase) => verify(client, directory, ['users_0'], say),
    (client: ClientBase) => checkInstall({ client, directory, to: 1, say }),
  ]) {
    const rests = await restsOf(t, work)
    t.ok(rests.length > 0)
    t.ok(rests.every((rest) => rest > 0))
  }
})

t.test(
  'A build rests while others write, but not in its cut-over, for which all writers wait',
  async (t) => {
    let written = false
    const writeOnce = async () => {
      if (!written) await registerMany(db, people, 'late')
      written = true
    }
    const building = (client: ClientBase) => install({ client, directory, to: 1, say })
    const rests = await restsOf(t, building, writeOnce)
    t.strictSame(rests, [1, 1, 0], 'others wrote during the first batch, and not during the second')
    await db.query(`begin; create temporary table rests (rest int) on commit drop;
    create or replace function read.users_1_replay(p_after bigint, p_upto bigint, p_run int,
      p_rest int default 0) returns bigint language sql
      as 'insert into pg_temp.rests values (p_rest); select 0::bigint';
    update read.tables set state = 'building' where name = 'users_1'`)
    await db.query(`select engine.cut_over('users_1')`)
    t.strictSame((await db.query('select rest from rests')).rows, [{ rest: 0 }])
    await db.query('rollback')
  },
)

// Appends of one event ask read tables for their keys within the statement that they run anyway: in place of
// <table>_expects, where the table has <table>_accepts.
import type pg from 'pg'
import t from 'tap'
import { retire } from '../../src/platform/read-models/retire/retire.ts'
import { appendAsServer, countCalls } from '../support/append-of-type.ts'
import {
  append,
  inSession,
  sessionEnded,
  sessionStarted,
  userRegistered,
} from '../support/append-requests.ts'
import { connect, installedDatabase, installInto } from '../support/installed.ts'
import { backendPid, untilLockWait } from '../support/read-models/blocked-sessions.ts'
import { copyWithNextSessions } from '../support/read-models/next-sessions.ts'
import { accepted, ended, sessionsOfAnn } from '../support/sessions-of-ann.ts'

const { url, db, ann, bob, newId, message, started } = await sessionsOfAnn(t)
// With the search_path of appends.
const asking = await connect(t, url)
await asking.query('set search_path = log, read, pg_temp')

const gone = { code: 'LG008', message: /which is not live/ }
const refusal = { code: ended.sqlstate, constraint: ended.constraint }
const past = () => new Date(Date.now() - 1).toISOString()

/** A session that was used: it lasts until the use expires. */
async function used(expires: string, extended: string): Promise<string> {
  const id = await started(expires)
  await db.query(
    'insert into sessions.uses (session_id, used_at, expires_at) values ($1, now(), $2)',
    [id, extended],
  )
  return id
}

/** Appends one message in a session. */
async function send(on: pg.ClientBase, session: string, to?: string): Promise<unknown> {
  return (await appendAsServer(on, [inSession(session, message(to))]))[0]
}

/** Runs the work in a transaction that is rolled back. */
async function undone(work: () => Promise<unknown>): Promise<void> {
  await db.query('begin')
  await work().finally(() => db.query('rollback'))
}

const live = await started()
const dead = await started()
await append(db, [sessionEnded(dead, ann)])
const sessions: Record<string, { id: string; isAccepted: boolean }> = {
  'a live session': { id: live, isAccepted: true },
  'a session that has ended': { id: dead, isAccepted: false },
  'an unknown session': { id: newId(), isAccepted: false },
  'an expired session': { id: await started(past()), isAccepted: false },
  'a session that a use extends': { id: await used(past(), '2040-01-01'), isAccepted: true },
  'a session whose use has expired': { id: await used(past(), past()), isAccepted: false },
  'a session that outlasts its use': { id: await used('2040-01-01', past()), isAccepted: true },
}

for (const [name, { id, isAccepted }] of Object.entries(sessions)) {
  t.test(`An append alone is ${isAccepted ? 'accepted' : 'refused'} in ${name}`, async (t) => {
    const calls = countCalls(db)
    t.match(await send(db, id), isAccepted ? accepted : ended)
    t.match(calls, { ofOne: 1 })
    t.match(await send(db, id, bob), isAccepted ? { constraint: /__blocked$/ } : ended)
    t.match(await append(db, [inSession(id, message())]), [isAccepted ? accepted : ended])
  })

  t.test(`${name}: sessions_10_accepts and sessions_10_expects agree`, async (t) => {
    const { rows } = await asking.query(`select accepted_keys('sessions_10', $1) as key`, [id])
    t.strictSame(rows, isAccepted ? [{ key: id }] : [])
    const asked = asking.query('select sessions_10_expects(array[$1::uuid])', [id])
    if (isAccepted) await t.resolves(asked)
    else await t.rejects(asked, refusal)
  })
}

t.test(
  'An append alone asks sessions_10_accepts, and sessions_10_expects only to refuse',
  async (t) => {
    const fail = `create or replace function read.sessions_10_expects(keys uuid[]) returns void
    language plpgsql as 'begin raise sqlstate ''XX001''; end'`
    await undone(async () => {
      await db.query(fail)
      t.match(await send(db, live), accepted)
    })
    await undone(async () => {
      await db.query(fail)
      await t.rejects(send(db, dead), { code: 'XX001' })
    })
  },
)

t.test('The key that an append expects is looked up by index, within its statement', async (t) => {
  await asking.query(`set plan_cache_mode = force_generic_plan; set enable_seqscan = off;
    prepare asked (text, uuid) as select exists (select from accepted_keys($1, $2))`)
  const { rows } = await asking.query(`explain execute asked ('sessions_10', '${live}')`)
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  t.match(plan, /Index Scan using sessions_10_pkey/)
  t.match(plan, /Index Scan using uses_pkey/)
  t.notMatch(plan, /Function Scan|Seq Scan/)
})

t.test('A table that is not live is not asked by an append alone', async (t) => {
  await undone(async () => {
    await db.query(`update read.tables set state = 'building' where name = 'sessions_10'`)
    await t.rejects(send(db, live), gone)
  })
})

t.test('A table that brings no sessions_10_accepts is asked as before', async (t) => {
  await undone(async () => {
    await db.query(`alter function read.sessions_10_accepts rename to sessions_10_accepted;
      create or replace function read.sessions_10_expects(keys uuid[]) returns void language plpgsql as $$
      begin
        if exists (select from unnest(keys) key where not exists (select from sessions_10_accepted(key))) then
          perform log.refuse('sessions_10__unauthenticated', 'the session has ended or expired');
        end if;
      end $$;
      call engine.make_expectations()`)
    const { rows } = await db.query(`select log.accepted_keys('sessions_10', $1)`, [live])
    t.strictSame(rows, [])
    t.match(await send(db, live), accepted)
  })
  t.match(await send(db, live), accepted, 'and by the function again')
})

/** Starts an append alone, which waits while the work runs under the append lock, and returns its result. */
async function sendDuring(session: string, work: string) {
  const [holder, other] = [await connect(t, url), await connect(t, url)]
  const pid = await backendPid(other)
  await send(other, session) // which makes its plan
  await holder.query('begin; select log.take_append_lock()')
  const calls = countCalls(other)
  const sent = send(other, session).catch((error: unknown) => error)
  await untilLockWait(db, pid, 0)
  await holder.query(work)
  await holder.query('commit')
  return { result: await sent, calls }
}

t.test('A session that ends while an append alone waits for its turn is refused', async (t) => {
  const session = await started()
  const work = `insert into log.session_ended_0 (id, user_id) values ('${session}', '${ann}')`
  t.match(await sendDuring(session, work), { result: ended })
})

t.test('A session that expires while an append alone waits for its turn is refused', async (t) => {
  const session = await started(new Date(Date.now() + 2_000).toISOString())
  t.match(await sendDuring(session, 'select pg_sleep(2.1)'), { result: ended })
})

t.test('A live table that is retired is no longer there to ask', async (t) => {
  const own = await installedDatabase(t)
  const client = await connect(t, own)
  const start = [userRegistered(ann), sessionStarted(live, ann)]
  t.match(await append(client, start), [accepted, accepted])
  const { directory } = await copyWithNextSessions(t)
  await installInto(own, { directory })
  t.match(await send(client, live), accepted)
  await retire({ client, directory, tables: ['sessions_10'], say: () => undefined })
  const { rows } = await client.query(`select from pg_proc where proname like 'sessions_10_%'`)
  t.strictSame(rows, [])
  // A server would go on with the function for batches if this one failed.
  const calls = countCalls(client)
  await t.rejects(send(client, live), gone)
  t.match(await appendAsServer(client, [message()]), [accepted])
  t.strictSame(calls, { ofOne: 2, ofType: 0, general: 0 })
})

t.test(
  'A table that is retired while an append alone waits for its turn is not asked',
  async (t) => {
    const work = `update read.tables set state = 'retiring' where name = 'sessions_10';
    call engine.make_expectations(); call engine.detach('sessions_10');
    drop function read.sessions_10_expects, read.sessions_10_accepts;
    drop table read.sessions_10`
    t.match(await sendDuring(live, work), { result: gone, calls: { ofType: 0, general: 0 } })
    t.match(await appendAsServer(db, [message()]), [accepted])
  },
)

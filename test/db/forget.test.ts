// log.forget: what an erasure changes and what stays, that it is the only statement that changes the log, and when it
// is refused. The property test of replays (platform/read-models/replay) has erasures at random.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { append, messageSent, sessionStarted, userRegistered } from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect } from '../support/installed.ts'
import { damagedTables } from '../support/read-models/agreement.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'
import { until } from '../support/until.ts'

const url = await stepwiseDatabase(t)
const db = await connect(t, url)
const [ann, bob, cid, dan] = [idOf(1), idOf(2), idOf(3), idOf(4)]
const serviceUser = 'ea06bd3d-f03a-58c1-bd97-0a26516bd775'

const headers = async () =>
  (
    await db.query(`select position, id, stream_id, stream_version, type, recorded_at from log.events
    where type <> 'user_forgotten_12' order by position`)
  ).rows
const metadata = async (user: string) =>
  (await db.query(`select metadata from log.events where metadata ->> 'actor' = $1`, [user])).rows

const forget = (user: string, kept: readonly string[] = []) =>
  db.query('select log.forget($1, $2, $3) as position', [user, 'asked for it', kept])

/** Appends events of which each has metadata that name the actor. */
const appendAs = (actor: string, ...requests: ReturnType<typeof messageSent>[]) =>
  append(
    db,
    requests.map(({ events }) => ({ events: events.map((e) => ({ ...e, metadata: { actor } })) })),
  )

await appendAs(serviceUser, userRegistered(serviceUser, { username: 'epistle' }))
for (const [user, name] of [
  [ann, 'ann'],
  [bob, 'bob'],
  [cid, 'cid'],
  [dan, 'dan'],
] as const) {
  await appendAs(user, userRegistered(user, { email: `${name}@private.org`, username: name }))
  await appendAs(user, sessionStarted(user.replace(/^0/, 'a'), user))
  await appendAs(serviceUser, messageSent(user.replace(/^0/, 'b'), serviceUser, user))
}
await appendAs(ann, messageSent(idOf(10), ann, bob))
await appendAs(bob, messageSent(idOf(11), bob, ann), messageSent(idOf(12), bob, cid))

t.test('An erasure blanks the data and keeps every header of the log', async (t) => {
  const before = await headers()
  await forget(ann)
  t.strictSame(await headers(), before)
  t.strictSame(await metadata(ann), [])
  t.equal((await metadata(bob)).length, 4, 'the metadata of others stay')
  const { rows } = await db.query('select * from log.user_registered_1 where id = $1', [ann])
  t.match(rows, [{ email: `forgotten:${ann}`, password_hash: '*', username: null }])
  const contents = await db.query('select id, content from log.message_sent_3 order by id')
  const kept = contents.rows.filter(({ content }) => content !== '').map(({ id }) => id)
  t.notOk(kept.includes(idOf(10)), 'the message of the user')
  t.notOk(kept.includes(ann.replace(/^0/, 'b')), 'the welcome')
  t.ok(kept.includes(idOf(11)), 'a message to the user')
  t.strictSame(await damagedTables(db), [])
})

t.test('An erasure can keep the text of messages, but not the welcome', async (t) => {
  await forget(bob, ['messages'])
  const { rows } = await db.query(
    'select id from read.messages_10 where content is not null and bob in (src_id, dst_id)'.replace(
      'bob',
      `'${bob}'`,
    ),
  )
  t.strictSame(rows.map(({ id }) => id).sort(), [idOf(11), idOf(12)])
  t.strictSame(await damagedTables(db), [])
})

t.test('The names of an erased user are free, and the log has the reason', async (t) => {
  const [result] = await append(db, [
    userRegistered(idOf(20), { email: 'ANN@private.org', username: 'ann' }),
  ])
  t.ok(result?.position)
  const { rows } = await db.query('select * from log.erasures order by position')
  t.match(rows, [
    { user_id: ann, reason: 'asked for it', kept: [] },
    { user_id: bob, reason: 'asked for it', kept: ['messages'] },
  ])
})

t.test('A second erasure changes nothing, and one of an unknown user is refused', async (t) => {
  const { rows } = await db.query('select position from log.erasures where user_id = $1', [ann])
  t.strictSame((await forget(ann)).rows, rows)
  await t.rejects(forget(idOf(99)), { code: 'LG009', message: /no user has the id/ })
  await t.rejects(forget(idOf(10)), { code: 'LG009' }, 'the stream of a message is no user')
})

t.test('No event is of a type whose personal data are not declared', async (t) => {
  const { rows } = await db.query(
    'select type from log.event_types where type not in (select event_type from log.personal_columns)',
  )
  t.strictSame(rows, [])
})

t.test('The service role can neither erase nor record an erasure', async (t) => {
  const service = await connect(t, url)
  await service.query('set role epistle_service')
  await t.rejects(service.query(`select log.forget('${cid}', 'x')`), { code: '42501' })
  await service.query(`select set_config('epistle.erasing', pg_current_xact_id()::text, false)`)
  await t.rejects(service.query(`update log.events set metadata = '{}'`), { code: '42501' })
  const data = { id: idOf(30), user_id: cid, kept: [] }
  const event = { stream_id: cid, stream_version: 2, type: 'user_forgotten_12', data }
  await t.rejects(append(service, [{ events: [event] }]), { code: 'LG009' })
  await t.rejects(
    db.query('insert into log.user_forgotten_12 (id, user_id, kept) values ($1, $2, $3)', [
      ...[idOf(30), cid, []],
    ]),
    { code: 'LG009' },
  )
})

t.test('In the transaction of an erasure no other statement changes the log', async (t) => {
  for (const statement of [
    `update log.user_registered_1 set email = 'x'`,
    `update log.events set metadata = '{}'`,
    `update log.erasures set reason = 'x'`,
    'delete from log.message_sent_3',
    'truncate log.user_registered_0',
  ]) {
    await db.query('begin')
    await forget(cid)
    await t.rejects(db.query(statement), { code: 'LG002' }, statement)
    await db.query('rollback')
  }
  // The mark of an erasure allows updates of what erasures change, and nothing else.
  for (const statement of ['delete from log.events', `update log.erasures set reason = 'x'`]) {
    await db.query('begin')
    await db.query(`select set_config('epistle.erasing', pg_current_xact_id()::text, true)`)
    await t.rejects(db.query(statement), { code: 'LG002' }, `${statement} with the mark`)
    await db.query('rollback')
  }
})

t.test('No erasure runs while a read table is building, or beside other maintenance', async (t) => {
  await db.query(`update read.tables set state = 'building' where name = 'users_1'`)
  await t.rejects(forget(cid), { code: '55000', message: /^users_1 is building/ })
  await db.query(`update read.tables set state = 'live' where name = 'users_1'`)
  const other = await connect(t, url)
  for (const key of [1, 2]) {
    await other.query('select pg_advisory_lock(17744, $1)', [key])
    await t.rejects(forget(cid), { code: '55006', message: /another maintenance command/ })
    await other.query('select pg_advisory_unlock(17744, $1)', [key])
  }
})

t.test('A table that is retiring is blanked too, and copies of tables are dropped', async (t) => {
  await db.query(`create schema epistle_verified; create table epistle_verified.users_2 (email text);
    update read.tables set state = 'retiring' where name = 'users_1'`)
  await forget(cid)
  await db.query(`update read.tables set state = 'live' where name = 'users_1'`)
  const { rows } = await db.query(
    `select email, to_regnamespace('epistle_verified') as copy from read.users_1 where id = $1`,
    [cid],
  )
  t.strictSame(rows, [{ email: `forgotten:${cid}`, copy: null }])
  t.strictSame(await damagedTables(db, dbDirectory), [])
})

t.test('An erasure deletes tasks, devices and uses of sessions of the user alone', async (t) => {
  await db.query(`insert into sessions.uses select id, now(), now() from read.sessions_10`)
  await db.query(`insert into work.tasks (process, data) values
    ('password_reset_8', '{"email": "Dan@private.org"}'), ('password_reset_8', '{"email": "x@y.org"}')`)
  const kept = randomUUID()
  for (const id of [dan, kept]) {
    await db.query('insert into sessions.devices values ($1, $2, $1, now())', [id, 'x'])
    await db.query('insert into sessions.revocation_tokens values (uuid_send($1), $1, $1, now())', [
      id,
    ])
  }
  await forget(dan)
  const left = `select user_id from sessions.devices union all select user_id from sessions.revocation_tokens`
  t.strictSame((await db.query(left)).rows, [{ user_id: kept }, { user_id: kept }])
  const { rows } = await db.query(`select data ->> 'userId' as id, data ->> 'email' as email
    from work.tasks order by email, id`)
  t.notOk(rows.some(({ id, email }) => id === dan || /private/.test(email)))
  t.ok(rows.some(({ email }) => email === 'x@y.org'))
  const uses = await db.query('select from sessions.uses')
  t.equal(uses.rowCount, (await db.query('select from read.sessions_10')).rowCount)
})

t.test('An erasure beside the use of a link that ends a session waits for it', async (t) => {
  const eve = idOf(5)
  await append(db, [userRegistered(eve, { email: 'eve@private.org', username: 'eve' })])
  await db.query(`insert into sessions.devices values ('${eve}', 'x', '${eve}', now());
    insert into sessions.revocation_tokens values (uuid_send('${eve}'), '${eve}', '${eve}', now())`)
  const [user, watcher] = [await connect(t, url), await connect(t, url)]
  await user.query('begin')
  await user.query('delete from sessions.revocation_tokens where user_id = $1', [eve])
  const { rows } = await db.query('select pg_backend_pid() as pid')
  const erasure = forget(eve)
  await until('the erasure waits', async () => {
    const query = `select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`
    return (await watcher.query(query, [rows[0].pid])).rowCount === 1
  })
  await user.query('update sessions.devices set used_at = $2 where user_id = $1', [eve, 'infinity'])
  await user.query('commit')
  await erasure
  const left = 'select from sessions.devices where user_id = $1'
  t.equal((await db.query(left, [eve])).rowCount, 0)
})

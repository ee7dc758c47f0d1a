// Which events cause notices: those that are appended after the installation, by the function of their type or by
// log.append, in the transaction of the event, and none that a read table refuses.
import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { appendAsServer, countCalls } from '../support/append-of-type.ts'
import { append, userRegistered } from '../support/append-requests.ts'
import { connect, installedDatabase, installInto } from '../support/installed.ts'

const url = await installedDatabase(t, 15)
const db = await connect(t, url)

function login(userId: string, device?: string, tokenHash = randomBytes(32)) {
  const id = randomUUID()
  const data = {
    ...{ id, user_id: userId, token_hash: `\\x${tokenHash.toString('hex')}` },
    ...{ expires_at: '2040-01-01T00:00:00Z', idle_days: 30, ends_at: null },
    ...{ user_agent: null, label: null },
  }
  const metadata = device === undefined ? {} : { device }
  return {
    events: [{ stream_id: id, stream_version: 1, type: 'session_started_10', metadata, data }],
  }
}

function renaming(userId: string, version: number, username: string, reservedUntil: string | null) {
  const id = randomUUID()
  const data = {
    ...{ id, user_id: userId, username, old_username: null },
    reserved_until: reservedUntil,
  }
  const event = { stream_id: userId, stream_version: version, type: 'username_changed_14', data }
  return { events: [event] }
}

async function noticesOf(userId: string) {
  const { rows } = await db.query<{ process: string }>(
    `select process from work.tasks where process ~ 'notice_16' and data ->> 'userId' = $1 order by 1`,
    [userId],
  )
  return rows.map(({ process }) => process)
}
const devicesOf = async (userId: string) =>
  (await db.query('select from sessions.devices where user_id = $1', [userId])).rowCount

const [old, ann, bob, cid] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
await append(
  db,
  [old, ann, bob, cid].map((id) => userRegistered(id)),
)

t.test('The installation over a log with data causes no notice', async (t) => {
  await append(db, [login(old, 'one'), login(old, 'two')])
  await append(db, [renaming(old, 2, 'older', '2040-01-01T00:00:00Z')])
  await installInto(url)
  t.strictSame([await noticesOf(old), await devicesOf(old)], [[], 0])
  await append(db, [login(old, 'three')])
  t.strictSame(await noticesOf(old), [], 'the first login that is recorded')
  await append(db, [login(old, 'one')])
  t.strictSame(await noticesOf(old), ['login_notice_16'])
})

t.test('Both ways to append notice the first login of a device in a batch', async (t) => {
  const batch = (user: string) =>
    ['home', 'away', 'away', 'home', 'abroad'].map((at) => login(user, at))
  const calls = countCalls(db)
  await appendAsServer(db, batch(ann))
  t.equal(calls.ofType, 1)
  await append(db, batch(bob))
  for (const user of [ann, bob]) {
    t.strictSame(await noticesOf(user), ['login_notice_16', 'login_notice_16'])
    t.equal(await devicesOf(user), 3)
  }
})

t.test('A login that is refused leaves neither a device nor a task', async (t) => {
  const hash = randomBytes(32)
  await append(db, [login(cid, 'home', hash)])
  for (const send of [append, appendAsServer]) {
    const [result] = await send(db, [login(cid, 'away', hash)])
    t.match(JSON.stringify(result), 'sessions_10__token_taken')
    t.strictSame([await noticesOf(cid), await devicesOf(cid)], [[], 1])
  }
})

t.test(
  'A username that its owner chose with a link, or through release 9, causes none',
  async (t) => {
    await append(db, [renaming(cid, 2, 'cidney', null)])
    const data = { id: randomUUID(), user_id: cid, username: 'sidney' }
    const event = { stream_id: cid, stream_version: 3, type: 'username_changed_9', data }
    await append(db, [{ events: [event] }])
    t.strictSame(await noticesOf(cid), [])
    await append(db, [renaming(cid, 4, 'cid', '2040-01-01T00:00:00Z')])
    t.strictSame(await noticesOf(cid), ['username_notice_16'])
  },
)

t.test('The service role reads devices, and writes the tokens of notices', async (t) => {
  const { rows } = await db.query(
    `select c.relname as name, string_agg(privilege, ', ' order by privilege) as may
     from pg_class c cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate',
       'references', 'trigger']) privilege
     where c.relnamespace = 'sessions'::regnamespace and c.relkind = 'r' and c.relname <> 'uses'
       and has_table_privilege('epistle_service', c.oid, privilege)
     group by 1 order by 1`,
  )
  t.strictSame(rows, [
    { name: 'devices', may: 'select, update' },
    { name: 'revocation_tokens', may: 'delete, insert, select, update' },
  ])
})

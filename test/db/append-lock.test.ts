// The append lock: each insert into the log holds it to the end of its transaction. Triggers skip it
// where a setting shows that the transaction holds it, so no other value of the setting may do so.
import t from 'tap'
import { append, userRegistered } from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'

const db = await connect(t, await installedDatabase(t))
let last = 0

async function insert(): Promise<void> {
  const id = idOf(++last)
  await db.query('insert into log.user_registered_0 values ($1, $2, $3)', [id, `${id}@x.org`, 'x'])
}

/** Whether this session holds the append lock. */
async function holds(): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from pg_locks where locktype = 'advisory' and classid = 17744 and objid = 0 and granted
       and pid = pg_backend_pid()`,
  )
  return rowCount === 1
}

t.beforeEach(() => db.query('begin'))
t.afterEach(() => db.query('rollback'))

t.test('A plain insert holds the append lock until its transaction ends', async (t) => {
  t.notOk(await holds())
  await insert()
  t.ok(await holds())
  await db.query('commit')
  t.notOk(await holds())
})

t.test('log.append holds the append lock, also if all its requests are refused', async (t) => {
  const id = idOf(++last)
  await append(db, [userRegistered(id, { username: 'Not Allowed' })])
  t.ok(await holds())
})

t.test('An insert takes the lock again after a rollback to a savepoint released it', async (t) => {
  await db.query('savepoint before')
  await insert()
  await db.query('rollback to before')
  t.notOk(await holds())
  await insert()
  t.ok(await holds())
})

t.test('An insert takes the lock although the session forged the setting', async (t) => {
  const forge = `select set_config('epistle.append_lock', pg_current_xact_id()::text, true)`
  await db.query(forge)
  await insert()
  t.ok(await holds())
  await db.query('rollback; begin isolation level serializable')
  await db.query(forge)
  await t.rejects(insert(), { code: 'LG001' })
})

t.test('An insert takes the lock whatever a session has set before', async (t) => {
  await insert()
  const { rows } = await db.query(`select current_setting('epistle.append_lock') as earlier`)
  await db.query('commit')
  for (const value of [rows[0].earlier, '', '0', 'true']) {
    await db.query(`select set_config('epistle.append_lock', $1, false)`, [value])
    await db.query('begin')
    await insert()
    t.ok(await holds(), `after ${value}`)
    await db.query('rollback')
  }
})

t.test('A transaction that writes may be idle for 5 seconds at most', async (t) => {
  await db.query(`set local idle_in_transaction_session_timeout = '1h'`)
  await insert()
  const { rows } = await db.query('show idle_in_transaction_session_timeout')
  t.strictSame(rows, [{ idle_in_transaction_session_timeout: '5s' }])
})

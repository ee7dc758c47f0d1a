// Rebuild of tables that refer to each other: where a foreign key forbids it, the error names the table that
// must be rebuilt first, rows that can be replaced are, and following the errors leads to correct tables.
import t from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import {
  append,
  messageSent,
  sessionStarted,
  userRegistered,
} from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { newestOf } from '../../../support/read-models/newest.ts'
import { damage } from '../../../support/read-models/rebuild/damage.ts'

const [sessions, messages] = [newestOf('sessions'), newestOf('messages')]
const db = await connect(t, await installedDatabase(t))
const [ann, bob, cleo, unknown] = [idOf(1), idOf(2), idOf(3), idOf(9)]
await append(db, [userRegistered(ann), userRegistered(bob), userRegistered(cleo)])
await append(db, [sessionStarted(idOf(100), ann), messageSent(idOf(101), ann, cleo)])

const replaced = (table: string) => rebuild(db, dbDirectory, table, () => undefined)
const extra = `insert into read.user_ids_0 values ('${unknown}')`
const missing = `delete from read.user_ids_0 where id = '${ann}'`

t.test(
  'Rebuild of a table with a referenced extra row names the table to rebuild first',
  async (t) => {
    await damage(
      db,
      `${extra};
    insert into read.${sessions} (id, user_id, token_hash, started_at, expires_at, position)
    values ('${idOf(102)}', '${unknown}', 'x', now(), now(), 1)`,
    )
    await t.rejects(replaced('user_ids_0'), {
      name: 'MaintenanceError',
      message: new RegExp(
        `^0 rows of user_ids_0 were .*\\(${sessions}__user_unknown\\). Rebuild ${sessions} first`,
      ),
    })
    t.equal(await replaced(sessions), 1)
    t.equal(await replaced('user_ids_0'), 1)
    t.strictSame(await damagedTables(db), [])
  },
)

t.test('Rebuild of a table that refers to a missing row names what comes first', async (t) => {
  await damage(db, `${missing}; delete from read.${sessions}`)
  await t.rejects(replaced(sessions), {
    name: 'MaintenanceError',
    message: new RegExp(
      `^0 rows of ${sessions} were .*. Rebuild user_ids_0 first, then ${sessions} again`,
    ),
  })
  t.equal(await replaced('user_ids_0'), 1)
  t.equal(await replaced(sessions), 1)
  t.strictSame(await damagedTables(db), [])
})

t.test('Rebuild of two tables that wait for each other replaces what it can in turn', async (t) => {
  // The session's true user, ann, is missing; its damaged user is the extra row, which it keeps in place.
  await damage(
    db,
    `${missing}; ${extra};
    update read.${sessions} set user_id = '${unknown}'`,
  )
  await t.rejects(replaced(sessions), { message: /Rebuild user_ids_0 first/ })
  await t.rejects(replaced('user_ids_0'), {
    message: new RegExp(`^1 row of user_ids_0 was .*. Rebuild ${sessions} first`),
  })
  t.equal(await replaced(sessions), 1)
  t.equal(await replaced('user_ids_0'), 1)
  t.strictSame(await damagedTables(db), [])
})

t.test(
  'Rebuild repairs a table that looks rows up and the table it refers to in any order',
  async (t) => {
    const both = `${missing}; ${extra}; update read.${messages} set src_id = '${unknown}'`
    for (const order of [
      [messages, 'user_ids_0'],
      ['user_ids_0', messages],
    ]) {
      await damage(db, both)
      for (const table of order) t.equal(await replaced(table), table === messages ? 1 : 2)
      t.strictSame(await damagedTables(db), [])
    }
  },
)

t.test(
  'Rebuild names a table outside the read models that refers to an extra row, without advising a rebuild',
  async (t) => {
    await damage(db, extra)
    await db.query(`
    create table notes (user_id uuid constraint notes_user references read.user_ids_0);
    insert into notes values ('${unknown}')`)
    await t.rejects(replaced('user_ids_0'), {
      name: 'MaintenanceError',
      message:
        /^0 rows of user_ids_0 were .* while public.notes, which is not a read table, .*\(notes_user\)/,
    })
    await db.query('drop table notes')
    t.equal(await replaced('user_ids_0'), 1)
    t.strictSame(await damagedTables(db), [])
  },
)

// Rebuild of tables that refer to each other: the error names the table that must be rebuilt first, rows
// that can be replaced are, and following the errors leads to correct tables.
import t from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { newestOf } from '../../../support/read-models/newest.ts'
import { damage } from '../../../support/read-models/rebuild/damage.ts'

const messages = newestOf('messages')
const db = await connect(t, await installedDatabase(t))
const [ann, bob, cleo, unknown] = [idOf(1), idOf(2), idOf(3), idOf(9)]
const message = idOf(100)
await append(db, [userRegistered(ann), userRegistered(bob), userRegistered(cleo)])
await append(db, [messageSent(message, ann, bob)])

const replaced = (table: string) => rebuild(db, dbDirectory, table, () => undefined)
const extra = `insert into read.user_ids_0 values ('${unknown}')`
const missing = `delete from read.user_ids_0 where id = '${ann}'`

t.test(
  'Rebuild of a table with a referenced extra row names the table to rebuild first',
  async (t) => {
    await damage(
      db,
      `${extra};
    insert into read.${messages} (id, src_id, dst_id, content, sent_at, position)
    values ('${idOf(101)}', '${unknown}', '${bob}', 'x', now(), 1)`,
    )
    await t.rejects(replaced('user_ids_0'), {
      name: 'MaintenanceError',
      message: new RegExp(
        `^0 rows of user_ids_0 were .*\\(${messages}__sender_unknown\\). Rebuild ${messages} first`,
      ),
    })
    t.equal(await replaced(messages), 1)
    t.equal(await replaced('user_ids_0'), 1)
    t.strictSame(await damagedTables(db), [])
  },
)

t.test('Rebuild of a table that refers to a missing row names what comes first', async (t) => {
  await damage(db, `${missing}; delete from read.${messages}`)
  await t.rejects(replaced(messages), {
    name: 'MaintenanceError',
    message: new RegExp(
      `^0 rows of ${messages} were .*. Rebuild user_ids_0 first, then ${messages} again`,
    ),
  })
  t.equal(await replaced('user_ids_0'), 1)
  t.equal(await replaced(messages), 1)
  t.strictSame(await damagedTables(db), [])
})

t.test('Rebuild of two tables that wait for each other replaces what it can in turn', async (t) => {
  // The message's true sender, ann, is missing; its damaged sender is the extra row, which it keeps in place.
  await damage(
    db,
    `${missing}; ${extra};
    update read.${messages} set src_id = '${unknown}' where id = '${message}'`,
  )
  await t.rejects(replaced(messages), { message: /Rebuild user_ids_0 first/ })
  await t.rejects(replaced('user_ids_0'), {
    message: new RegExp(`^1 rows .*. Rebuild ${messages} first`),
  })
  t.equal(await replaced(messages), 1)
  t.equal(await replaced('user_ids_0'), 1)
  t.strictSame(await damagedTables(db), [])
})

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

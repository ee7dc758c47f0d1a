// Rebuild where references stand in the way: it says which table must be replaced before, mends what it
// can meanwhile, and gets there by what it says.
import t from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { dbDirectory } from '../../../../src/platform/read-models/releases/releases.ts'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase } from '../../../support/installed.ts'
import { damages as differing } from '../../../support/read-models/agreement.ts'
import { damage } from '../../../support/read-models/damaged.ts'
import { newestOf } from '../../../support/read-models/newest.ts'

const messages = newestOf('messages')
const db = await connect(t, await installedDatabase(t))
const [ann, bob, cleo, nobody] = [idOf(1), idOf(2), idOf(3), idOf(9)]
const letter = idOf(100)
await append(db, [userRegistered(ann), userRegistered(bob), userRegistered(cleo)])
await append(db, [messageSent(letter, ann, bob)])

const replaced = (table: string) => rebuild(db, dbDirectory, table, () => undefined)
const damaged = (sql: string) => damage(db, { title: '', table: '', sql, rows: [] })
const extra = `insert into read.user_ids_0 values ('${nobody}')`
const missing = `delete from read.user_ids_0 where id = '${ann}'`

t.test(
  'an extra row that another table refers to: that one is named, and goes first',
  async (t) => {
    await damaged(`${extra};
    insert into read.${messages} (id, src_id, dst_id, content, sent_at, position)
    values ('${idOf(101)}', '${nobody}', '${bob}', 'x', now(), 1)`)
    await t.rejects(replaced('user_ids_0'), {
      name: 'MaintenanceError',
      message: new RegExp(
        `^0 rows of user_ids_0 were .*\\(${messages}__sender_unknown\\). Rebuild ${messages} first`,
      ),
    })
    t.equal(await replaced(messages), 1)
    t.equal(await replaced('user_ids_0'), 1)
    t.strictSame(await differing(db), [])
  },
)

t.test('a row that refers to what is missing: the table that lacks it goes first', async (t) => {
  await damaged(`${missing}; delete from read.${messages}`)
  await t.rejects(replaced(messages), {
    name: 'MaintenanceError',
    message: new RegExp(
      `^0 rows of ${messages} were .*. Rebuild user_ids_0 first, then ${messages} again`,
    ),
  })
  t.equal(await replaced('user_ids_0'), 1)
  t.equal(await replaced(messages), 1)
  t.strictSame(await differing(db), [])
})

t.test('of two tables that wait for each other each is replaced as far as it can be', async (t) => {
  // The letter must come from ann, who is missing, and keeps nobody from going, who is extra.
  await damaged(`${missing}; ${extra};
    update read.${messages} set src_id = '${nobody}' where id = '${letter}'`)
  await t.rejects(replaced(messages), { message: /Rebuild user_ids_0 first/ })
  await t.rejects(replaced('user_ids_0'), {
    message: new RegExp(`^1 rows .*. Rebuild ${messages} first`),
  })
  t.equal(await replaced(messages), 1)
  t.equal(await replaced('user_ids_0'), 1)
  t.strictSame(await differing(db), [])
})

t.test(
  'a row that a stranger’s table refers to: that one is named, not to be rebuilt',
  async (t) => {
    await damaged(extra)
    await db.query(`
    create table notes (user_id uuid constraint notes_user references read.user_ids_0);
    insert into notes values ('${nobody}')`)
    await t.rejects(replaced('user_ids_0'), {
      name: 'MaintenanceError',
      message:
        /^0 rows of user_ids_0 were .* while public.notes, which is not a read table, .*\(notes_user\)/,
    })
    await db.query('drop table notes')
    t.equal(await replaced('user_ids_0'), 1)
    t.strictSame(await differing(db), [])
  },
)

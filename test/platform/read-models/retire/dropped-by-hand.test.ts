// A read table that an operator dropped by hand: each command names it and what to do, never in
// PostgreSQL's words alone. Until install restores the table, no event can be written that it would refuse.
import t from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { readSchema } from '../../../../src/platform/read-models/schema.ts'
import { append, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installInto } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { registerMany } from '../../../support/read-models/many-users.ts'
import { epistle, finished } from '../../../support/service.ts'
import { stepwiseDatabase } from '../../../support/stepwise-database.ts'

const url = await stepwiseDatabase(t)
const db = await connect(t, url)
const say = () => undefined
await registerMany(db, 10)
await demote(db, directory, 'users_1', say)
const before = await readSchema(db)
await db.query('drop table read.users_2, read.blocks_12 cascade')

t.test('Verify and rebuild of a dropped table report what to do', async (t) => {
  const lost = {
    name: 'MaintenanceError',
    message: /^users_2 was altered or dropped by hand: .* `epistle install`/,
  }
  await t.rejects(rebuild(db, directory, 'users_2', say), lost)
  await t.rejects(verify(db, directory, ['users_2'], say), lost)
})

t.test('Status reports what to do about a dropped table and shows all others', async (t) => {
  const env = { DATABASE_URL: url }
  const { stdout } = await finished(epistle(t, ['status'], { env }))
  t.match(stdout, /users_2 +live +missing +dropped by hand; run `epistle install`/)
  t.match(stdout, /user_ids_0 +live +10 rows/)
  const json = JSON.parse((await finished(epistle(t, ['status', '--json'], { env }))).stdout)
  t.match(
    json.readTables.find(({ name }: { name: string }) => name === 'users_2'),
    { rows: null },
  )
})

t.test('No event escapes the rules of a dropped table', async (t) => {
  await t.rejects(retire({ client: db, directory, tables: ['users_2'], say }), {
    message: /users_2 cannot be retired: no newer version of it is live/,
  })
  await t.rejects(append(db, [userRegistered(idOf(500))]), { message: /users_2/ })
})

t.test('A dropped table, its references and its views are complete after install', async (t) => {
  const said = await installInto(url)
  t.match(said.join('; '), /blocks_12 was dropped by hand; restored it from the log/)
  for (const table of ['users_1', 'users_2']) {
    t.equal((await db.query(`select from read.${table}`)).rowCount, 10, table)
  }
  t.strictSame(await readSchema(db), before)
  t.strictSame(await damagedTables(db), [])
})

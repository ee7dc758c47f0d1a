// A read table that an operator dropped by hand: each command names it and what to do, never in
// PostgreSQL's words alone; and following that advice restores the table.
import t from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import { registerMany } from '../../../support/read-models/many-users.ts'
import { epistle, finished } from '../../../support/service.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const say = () => undefined
await registerMany(db, 10)
await db.query('drop table read.users_2')

t.test('Verify and rebuild of a dropped table report what to do', async (t) => {
  const lost = {
    name: 'MaintenanceError',
    message: /^users_2 was altered or dropped by hand: .* `epistle retire users_2`/,
  }
  await t.rejects(rebuild(db, directory, 'users_2', say), lost)
  await t.rejects(verify(db, directory, [], say), lost)
})

t.test('Status reports what to do about a dropped table and shows all others', async (t) => {
  const env = { DATABASE_URL: url }
  const { stdout } = await finished(epistle(t, ['status'], { env }))
  t.match(stdout, /users_2 +live +missing +dropped by hand; .* `epistle retire users_2`, and then/)
  t.match(stdout, /user_ids_0 +live +10 rows/)
  const json = JSON.parse((await finished(epistle(t, ['status', '--json'], { env }))).stdout)
  t.match(
    json.readTables.find(({ name }: { name: string }) => name === 'users_2'),
    { rows: null },
  )
})

t.test('A dropped table is complete again after retire and install', async (t) => {
  await retire({ client: db, directory, tables: ['users_2'], say })
  await installInto(url)
  t.equal((await db.query('select from read.users_2')).rowCount, 10)
  t.strictSame(await damagedTables(db), [])
})

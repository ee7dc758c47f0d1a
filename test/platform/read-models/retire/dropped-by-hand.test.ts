// A read table that somebody dropped by hand: whoever looks at it says so and what to do, never in
// PostgreSQL's own words alone; and that helps.
import t from 'tap'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { damages } from '../../../support/read-models/agreement.ts'
import { epistle, finished } from '../../../support/service.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const say = () => undefined
await db.query(`insert into log.user_registered_0
  select gen_random_uuid(), n || '@example.com', 'x' from generate_series(1, 10) n`)
await db.query('drop table read.users_2')

t.test('verify and rebuild say what to do', async (t) => {
  const lost = {
    name: 'MaintenanceError',
    message: /^users_2 was altered or dropped by hand: .* `epistle retire users_2`/,
  }
  await t.rejects(rebuild(db, directory, 'users_2', say), lost)
  await t.rejects(verify(db, directory, [], say), lost)
})

t.test('so does status, which shows all else', async (t) => {
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

t.test('that done, it is there again and whole', async (t) => {
  await retire({ client: db, directory, tables: ['users_2'], say })
  await installInto(url)
  t.equal((await db.query('select from read.users_2')).rowCount, 10)
  t.strictSame(await damages(db), [])
})

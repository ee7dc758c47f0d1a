// A header without its row, committed while the guards were off: every command that replays the log names its
// position and what to do. Once it is declared void, everything works as if it were not there.
import type { ClientBase } from 'pg'
import t from 'tap'
import { checkInstall, install } from '../../../src/platform/read-models/install/install.ts'
import { rebuild } from '../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory as directory } from '../../../src/platform/read-models/releases/releases.ts'
import { readStatus } from '../../../src/platform/read-models/status.ts'
import { append, passwordChanged } from '../../support/append-requests.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { byHand } from '../../support/raw-inserts.ts'
import { damagedTables } from '../../support/read-models/agreement.ts'
import { epistle, finished } from '../../support/service.ts'

const url = await installedDatabase(t, 1)
const db = await connect(t, url)
const say = () => undefined
const { register, header } = byHand(db)
await register()
const user = await register()
await db.query('alter table log.header_checks disable trigger "00_row"')
const { position } = await header(user, 2, 'user_registered_0')
await db.query('alter table log.header_checks enable always trigger "00_row"')

const commands: Record<string, () => Promise<unknown>> = {
  verify: () => verify(db, directory, [], say),
  rebuild: () => rebuild(db, directory, 'users_1', say),
  'install --check': () => checkInstall({ client: db, directory, say }),
  install: () => install({ client: db, directory, say }),
}

for (const [name, run] of Object.entries(commands)) {
  t.test(`${name} names the position of a header without its row, and the remedy`, async (t) => {
    await t.rejects(run(), {
      name: 'MaintenanceError',
      message: new RegExp(
        `headers without rows at position ${position} \\(user_registered_0\\), .*` +
          `Declare each void with .select log.void_header\\(${position}, 'reason'\\)`,
      ),
    })
  })
}

t.test('status names the position of a header without its row, and the remedy', async (t) => {
  const env = { DATABASE_URL: url }
  const { code, stdout } = await finished(epistle(t, ['status'], { env }))
  t.equal(code, 0)
  t.match(stdout, `log.void_header(${position}, 'reason')`)
  const expected = [{ position, eventType: 'user_registered_0' }]
  t.strictSame((await readStatus(db)).loneHeaders, expected)
})

t.test('With the header declared void, install counts once, and all tables match', async (t) => {
  await db.query('select log.void_header($1, $2)', [position, 'inserted by mistake'])
  t.strictSame(await countedAfter((client) => install({ client, directory, say })), ['0'])
  t.strictSame((await readStatus(db)).loneHeaders, [])
  t.strictSame(await damagedTables(db), [])
  const [result] = await append(db, [passwordChanged(user, 3)])
  t.ok(result?.position, 'its stream goes on after the version of the void header')
  const [refused] = await append(db, [passwordChanged(idOf(2), 2)])
  t.match(refused, { constraint: 'events__version_conflict' })
})

t.test('Verify by the kept copy looks only at the log after it', async (t) => {
  const sinceLast = (client: ClientBase) => verify(client, directory, [], say, { sinceLast: true })
  for (let n = 0; n < 120; n += 1) await register()
  t.strictSame(await countedAfter(sinceLast), ['0'], 'the first run has no copy')
  const [after] = await countedAfter(sinceLast)
  t.ok(Number(after) > 0)
  await db.query('alter table log.header_checks disable trigger "00_row"')
  const lone = await header(user, 4, 'user_registered_0')
  await db.query('alter table log.header_checks enable always trigger "00_row"')
  await t.rejects(sinceLast(db), { message: `at position ${lone.position} ` })
})

/** The positions after which a command looks for headers without rows, each time. */
async function countedAfter(command: (client: ClientBase) => Promise<unknown>): Promise<string[]> {
  const client = await connect(t, url)
  const query = client.query.bind(client)
  const counted: string[] = []
  client.query = ((text: unknown, values?: unknown[]) => {
    if (/from log.lone_headers\(/.test(`${text}`)) counted.push(`${values?.[0]}`)
    return query(text as string, values)
  }) as typeof client.query
  await command(client)
  return counted
}

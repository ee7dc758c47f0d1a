// The machinery below the releases: generated functions are regenerated when its text changes, older code
// leaves a newer machinery alone, and a replacement blocks neither readers nor writers.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { findDeviations } from '../../../../src/platform/read-models/deviations.ts'
import { checkInstall } from '../../../../src/platform/read-models/install/install.ts'
import { listMachinery } from '../../../../src/platform/read-models/install/machinery.ts'
import { machineryVersion } from '../../../../src/platform/read-models/machinery-version.ts'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory, sha256 } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { readSchema } from '../../../../src/platform/read-models/schema.ts'
import { readStatus } from '../../../../src/platform/read-models/status.ts'
import { openServicePool } from '../../../../src/service-pool.ts'
import { appendAsServer } from '../../../support/append-of-type.ts'
import { insertPlainly } from '../../../support/append-outcomes.ts'
import { messageSent } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { byHand } from '../../../support/raw-inserts.ts'
import { type CopiedReleases, copyReleases } from '../../../support/read-models/copied-releases.ts'
import { changeForms } from '../../../support/read-models/install/changed-forms.ts'
import {
  countAppendsOfOne,
  countEarlierTriggers,
  dropAppendsOfOne,
  putEarlierTriggers,
} from '../../../support/read-models/install/earlier-triggers.ts'

/**
 * The checksum of the machinery's texts by version. The line of a version that CHANGELOG.md has published
 * stays forever: databases with it must be distinguishable from databases with a newer version.
 */
const checksums: Record<number, string> = {
  3: '548e21f04bd7e9ad',
  4: '6bec2f2fc66c9a0a',
}

const url = await installedDatabase(t)
const db = await connect(t, url)

/** A copy of db/ in which every generated function contains the mark as a comment. */
async function rewritten(mark: string): Promise<CopiedReleases> {
  const releases = await copyReleases(t)
  for (const [file, before] of [
    ['machinery/01-log/8-event-tables.sql', 'v_void := log.check_row_order('],
    ['machinery/02-append/2-rows.sql', 'case p_type'],
    ['machinery/02-append/5-append-of-type.sql', 'v_void := take_append_lock();'],
    ['machinery/03-engine/3-projections.sql', 'v_void text;'],
    ['machinery/03-engine/4-replays.sql', 'v_position := v_run.first;'],
  ] as const) {
    const text = await readFile(join(releases.directory, file), 'utf8')
    await releases.write(file, text.replace(before, `-- ${mark}\n${before}`))
  }
  return releases
}

/** Guards, appends, projecting functions and replay functions without the mark. */
async function unmarked(mark: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select proname as name from pg_proc
     where prosrc not like '%' || $1 || '%' and (
       pronamespace = 'log'::regnamespace and proname ~ '_[0-9]+_(guard|project|alone)$|^append_rows$|^append_.*_[0-9]+$'
       or pronamespace = 'read'::regnamespace and proname ~ '_replay$')
     order by 1`,
    [mark],
  )
  return rows.map(({ name }) => name)
}

t.test('Every generated function is regenerated when the machinery changes', async (t) => {
  t.not((await unmarked('second')).length, 0, 'there are functions to regenerate')
  await installInto(url, { directory: (await rewritten('second')).directory })
  t.strictSame(await unmarked('second'), [])
  await db.query(`insert into log.user_registered_0 values ($1, 'a@example.com', 'a')`, [idOf(1)])
  t.equal(
    (await db.query('select from read.users_2')).rowCount,
    1,
    'events still reach the read table',
  )
})

t.test('An open reader of the log delays neither a new machinery nor writers', async (t) => {
  const reader = await connect(t, url)
  await reader.query('begin; select from log.events; select from read.users_2')
  await installInto(url, { directory: (await rewritten('third')).directory })
  t.strictSame(await unmarked('third'), [])
  await db.query(`insert into log.user_registered_0 values ($1, 'b@example.com', 'b')`, [idOf(2)])
  await reader.query('commit')
})

t.test(
  'Of two machineries with one version, install reports that it replaces the other',
  async (t) => {
    const said = await installInto(url, { directory: (await rewritten('fourth')).directory })
    t.match(said[0], `this code has other files for version ${machineryVersion} of the machinery`)
  },
)

t.test('A refused install leaves the machinery as it is', async (t) => {
  const releases = await rewritten('refused')
  const { directory, next: n } = releases
  await releases.add({ [`notes_${n}`]: `create table notes_${n} (id uuid primary key);` })
  await releases.append('machinery/06-install/2-rights.sql', 'create table engine.added (id int);')
  // The table of the new machinery is no reason to refuse the release.
  const message = /^notes_\d+ neither projects [^\n]+(\nnotes_\d+ [^\n]+)*$/
  await t.rejects(installInto(url, { directory }), { name: 'InstallError', message })
  t.strictSame(await unmarked('fourth'), [])
})

const callers = `create function engine.left_behind(a int) returns int language sql as 'select 1'`

t.test('Install and its check go over functions of every other form', async (t) => {
  const schema = await readSchema(db)
  const changed = await changeForms(db)
  t.ok(changed > 50, `${changed} functions have another form`)
  await db.query(callers)
  await db.query('drop index work.tasks_failed') // which 1.0.0 did not have
  const say = () => undefined
  await db.query(`update engine.sources set sha256 = ''`)
  t.strictSame(await checkInstall({ client: db, directory: dbDirectory, say }), {
    violations: [],
    more: false,
  })
  await installInto(url)
  t.equal(await readSchema(db), schema)
  await db.query(`insert into log.user_registered_0 values ($1, 'c@example.com', 'c')`, [idOf(3)])
  const found = await verify(db, dbDirectory, [], say)
  t.ok(found.every(({ differences }) => differences === 0))
})

t.test('Install renews an older machinery while writers append', async (t) => {
  const schema = await readSchema(db)
  await putEarlierTriggers(db)
  const functions = await countAppendsOfOne(db)
  t.ok(functions > 20)
  await dropAppendsOfOne(db)
  t.ok((await countEarlierTriggers(db)) > 20)
  await db.query(`update engine.sources set sha256 = ''`)
  let installing = true
  let appended = 0
  const writers = [1, 2, 3].map(async (writer) => {
    const client = await connect(t, url)
    for (let n = 0; installing; n += 1) {
      const sent = messageSent(idOf(10_000 * writer + n), idOf(1), idOf(2))
      if (writer > 1) await appendAsServer(client, [sent])
      else if (sent.events[0]) await insertPlainly(client, sent.events[0])
      appended += 1
    }
  })
  const refusals = refuseLoneHeaders(t, () => installing)
  await installInto(url).finally(() => {
    installing = false
  })
  await Promise.all(writers)
  t.ok((await refusals) > 0)
  t.strictSame((await db.query('select * from log.lone_headers()')).rows, [])
  t.equal(await countEarlierTriggers(db), 0)
  t.equal(await countAppendsOfOne(db), functions)
  t.strictSame(await findDeviations(db), [])
  t.equal(await readSchema(db), schema)
  t.equal((await db.query('select from read.messages_10')).rowCount, appended)
})

/** Commits headers without their rows while an install runs; each is refused. Returns their number. */
async function refuseLoneHeaders(t: Test, installing: () => boolean): Promise<number> {
  const client = await connect(t, url)
  const { header } = byHand(client)
  let refused = 0
  for (; installing(); refused += 1) {
    await t.rejects(header(idOf(900_000 + refused), 1, 'password_changed_2'), { code: 'LG006' })
  }
  return refused
}

t.test('Code with an older machinery leaves a newer one as it is', async (t) => {
  await db.query('update engine.sources set version = version + 1')
  const older = await rewritten('older')
  const said = await installInto(url, { directory: older.directory })
  t.match(said, [/^nothing to install/])
  t.not((await unmarked('older')).length, 0)
  await older.add({ [`notes_${older.next}`]: `create table notes_${older.next} (` })
  const say = () => undefined
  const refused: Record<string, () => Promise<unknown>> = {
    install: () => installInto(url, { directory: older.directory }),
    'install --check': () => checkInstall({ client: db, directory: dbDirectory, say }),
    retire: () => retire({ client: db, directory: dbDirectory, say }),
    demote: () => demote(db, dbDirectory, 'users_2', say),
    rebuild: () => rebuild(db, dbDirectory, 'users_2', say),
    verify: () => verify(db, dbDirectory, [], say),
  }
  for (const [name, run] of Object.entries(refused)) {
    const message =
      /^the database has version \d+ of the machinery, and this code has version \d+; run/
    await t.rejects(run(), { name: 'MaintenanceError', message }, name)
  }
})

t.test('Code with a newer machinery than the database asks for an install first', async (t) => {
  await db.query('update engine.sources set version = version - 2')
  const say = () => undefined
  const refused: Record<string, () => Promise<unknown>> = {
    status: () => readStatus(db),
    retire: () => retire({ client: db, directory: dbDirectory, say }),
    demote: () => demote(db, dbDirectory, 'users_2', say),
    rebuild: () => rebuild(db, dbDirectory, 'users_2', say),
    verify: () => verify(db, dbDirectory, [], say),
  }
  for (const [name, run] of Object.entries(refused)) {
    const message = /^the database has version \d+ of the machinery, .* run `epistle install` first/
    await t.rejects(run(), { name: 'MaintenanceError', message }, name)
  }
  const options = { databaseUrl: url, size: 1, readTables: [], log: pino({ level: 'silent' }) }
  await db.query('alter function log.check_read_tables(text, uuid[], text[]) rename to unknown')
  const message = /^an older version installed this database.* run `epistle install` first/
  await t.rejects(openServicePool(options), { name: 'ServeError', message })
  await db.query('alter function log.unknown(text, uuid[], text[]) rename to check_read_tables')
})

t.test('The version of the machinery grows when its text changes', async (t) => {
  const files = await listMachinery(dbDirectory)
  const texts = files.map((file) => readFile(join(dbDirectory, 'machinery', file), 'utf8'))
  const checksum = sha256((await Promise.all(texts)).join('')).slice(0, 16)
  t.equal(
    checksums[machineryVersion],
    checksum,
    `db/machinery has changed since version ${machineryVersion}. If a release that CHANGELOG.md names ` +
      'has that version, raise machineryVersion in ' +
      `src/platform/read-models/machinery-version.ts and add '${checksum}' to the checksums of this ` +
      'file. If the version is only under "Unreleased", replace its checksum',
  )
  t.equal(Math.max(...Object.keys(checksums).map(Number)), machineryVersion)
})

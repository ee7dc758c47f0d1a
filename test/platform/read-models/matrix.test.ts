// The matrix of event types and read tables, read from the generated functions, is the expected one, which is written
// out by hand: after each release of an upgraded database, and on a fresh database of the last named version and of the
// newest release. `npm run soak -- matrix` looks at a fresh database of each release.
import t from 'tap'
import { readVersions } from '../../../db/versions/frozen.ts'
import { dbDirectory, readReleases } from '../../../src/platform/read-models/releases/releases.ts'
import { freshDatabase } from '../../support/database.ts'
import { connect, installedDatabase, installInto } from '../../support/installed.ts'
import { liveTables } from '../../support/read-models/contents.ts'
import {
  cellsByRelease,
  expectedAlone,
  expectedProjections,
} from '../../support/read-models/expected-matrix.ts'
import { freshTables } from '../../support/read-models/fresh-tables.ts'
import {
  projectionLines,
  readProjections,
  readTriggers,
} from '../../support/read-models/projections.ts'

const releases = await readReleases(dbDirectory)
const versions = await readVersions(dbDirectory)
const frozen = Object.keys(versions.at(-1)?.releases ?? {}).map((path) => Number.parseInt(path, 10))
const freshlyInstalled =
  process.env.SOAK_MATRIX === 'all'
    ? releases
    : [releases[Math.max(...frozen)], releases.at(-1)].flatMap((each) => each ?? [])
const url = await freshDatabase(t)
const db = await connect(t, url)

t.test('The expected matrix covers every release of db/', async (t) => {
  t.ok(freshlyInstalled.length > 1)
  t.equal(cellsByRelease.length, releases.length)
  t.equal(freshTables.length, releases.length)
})

for (const { release, name } of releases) {
  t.test(
    `An upgrade to release ${release} (${name}) creates exactly its projections`,
    async (t) => {
      await installInto(url, { to: release })
      t.strictSame(await projectionLines(db), expectedProjections(release))
      t.strictSame(await projectionLines(db, '_alone'), expectedAlone(release))
    },
  )
}

for (const { release } of freshlyInstalled) {
  t.test(`A fresh database of release ${release} has the newest read tables alone`, async (t) => {
    const fresh = await connect(t, await installedDatabase(t, release))
    t.strictSame((await liveTables(fresh)).sort(), [...(freshTables[release] ?? [])].sort())
    const tables = freshTables[release]
    t.strictSame(await projectionLines(fresh), expectedProjections(release, tables))
    t.strictSame(await projectionLines(fresh, '_alone'), expectedAlone(release, tables))
  })
}

t.test('One trigger for each event table fires always, once per statement', async (t) => {
  const triggers = await readTriggers(db)
  const { rows } = await db.query('select type from log.event_types order by type collate "C"')
  t.strictSame(
    triggers.map(({ eventTable }) => eventTable),
    rows.map(({ type }) => type),
  )
  for (const { name, enabled, definition } of triggers) {
    t.equal(enabled, 'A', name)
    t.match(definition, / AFTER INSERT .* REFERENCING NEW TABLE AS appended FOR EACH STATEMENT /)
  }
})

t.test('A referenced table is projected before its referrers', async (t) => {
  const { rows } = await db.query<{ referrer: string; referred: string }>(`
    select conrelid::regclass::text as referrer, confrelid::regclass::text as referred
    from pg_constraint where contype = 'f' and connamespace = 'read'::regnamespace`)
  t.ok(rows.length > 0)
  const projections = await readProjections(db)
  for (const { eventTable } of await readTriggers(db)) {
    const order = projections
      .filter((each) => each.eventTable === eventTable)
      .map(({ readTable }) => `read.${readTable}`)
    for (const { referrer, referred } of rows.filter((row) => order.includes(row.referrer))) {
      t.ok(order.indexOf(referred) < order.indexOf(referrer), `${referred} < ${referrer}`)
    }
  }
})

t.test('A repeated install changes no projection', async (t) => {
  const before = await projectionLines(db)
  await installInto(url)
  t.strictSame(await projectionLines(db), before)
})

// The matrix of event types and read tables, read from pg_trigger, is the expected one, which is written
// out by hand: after each release of an upgraded database, and on a fresh database of each release.
import t from 'tap'
import { dbDirectory, readReleases } from '../../../src/platform/read-models/releases/releases.ts'
import { freshDatabase } from '../../support/database.ts'
import { connect, installedDatabase, installInto } from '../../support/installed.ts'
import { liveTables } from '../../support/read-models/contents.ts'
import {
  cellsByRelease,
  expectedTriggers,
  freshTables,
} from '../../support/read-models/expected-matrix.ts'
import { readTriggers, triggerLines } from '../../support/read-models/triggers.ts'

const releases = await readReleases(dbDirectory)
const url = await freshDatabase(t)
const db = await connect(t, url)

t.test('The expected matrix covers every release of db/', async (t) => {
  t.equal(cellsByRelease.length, releases.length)
  t.equal(freshTables.length, releases.length)
})

for (const { release, name } of releases) {
  t.test(`An upgrade to release ${release} (${name}) creates exactly its triggers`, async (t) => {
    await installInto(url, { to: release })
    t.strictSame(await triggerLines(db), expectedTriggers(release))
  })

  t.test(`A fresh database of release ${release} has the newest read tables alone`, async (t) => {
    const fresh = await connect(t, await installedDatabase(t, release))
    t.strictSame((await liveTables(fresh)).sort(), [...(freshTables[release] ?? [])].sort())
    t.strictSame(await triggerLines(fresh), expectedTriggers(release, freshTables[release]))
  })
}

t.test('Every trigger fires always, once per statement, with all its rows', async (t) => {
  const triggers = await readTriggers(db)
  t.ok(triggers.length > 0)
  for (const { name, enabled, definition } of triggers) {
    t.equal(enabled, 'A', name)
    t.match(definition, / AFTER INSERT .* REFERENCING NEW TABLE AS appended FOR EACH STATEMENT /)
  }
})

t.test('The trigger of a referenced table fires before those of its referrers', async (t) => {
  const { rows } = await db.query<{ referrer: string; referred: string }>(`
    select conrelid::regclass::text as referrer, confrelid::regclass::text as referred
    from pg_constraint where contype = 'f' and connamespace = 'read'::regnamespace`)
  t.ok(rows.length > 0)
  const names = (await readTriggers(db)).map(({ name }) => name)
  const rankOf = (table: string): string =>
    names.find((name) => name.slice(3).startsWith(`${table.replace('read.', '')}_on_`)) ?? ''
  for (const { referrer, referred } of rows) {
    t.ok(rankOf(referred).slice(0, 2) < rankOf(referrer).slice(0, 2), `${referred} < ${referrer}`)
  }
})

t.test('A repeated install changes no trigger', async (t) => {
  const before = await readTriggers(db)
  await installInto(url)
  t.strictSame(await readTriggers(db), before)
})

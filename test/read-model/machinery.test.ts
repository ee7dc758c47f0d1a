// The machinery below the releases: what is generated from its text never lags behind it, a newer one
// is left alone by older code, and replacing it holds up nobody.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { idOf } from '../db/ids.ts'
import { connect, installedDatabase, installInto } from '../installed.ts'
import { type CopiedReleases, copyReleases } from './copied-releases.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)

/** A copy of db/ in which every generated function says that it is another one. */
async function rewritten(mark: string): Promise<CopiedReleases> {
  const releases = await copyReleases(t)
  for (const [file, before] of [
    ['guards.sql', 'perform log.advance('],
    ['projections.sql', "is distinct from 'live' then"],
    ['projections.sql', 'v_position := v_run.first;'],
  ] as const) {
    const text = await readFile(join(releases.directory, file), 'utf8')
    await releases.write(file, text.replace(before, `-- ${mark}\n${before}`))
  }
  return releases
}

/** Triggers' functions, guards and replays that do not bear the mark. */
async function unmarked(mark: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select proname as name from pg_proc
     where prosrc not like '%' || $1 || '%' and (
       pronamespace = 'log'::regnamespace and proname ~ '_[0-9]+_guard$'
       or pronamespace = 'read'::regnamespace and proname ~ '_replay$|_on_.*_[0-9]+$')
     order by 1`,
    [mark],
  )
  return rows.map(({ name }) => name)
}

t.test('when its text changes, every generated function is made anew', async (t) => {
  t.not((await unmarked('second')).length, 0, 'there are some to be made anew')
  await installInto(url, { directory: (await rewritten('second')).directory })
  t.strictSame(await unmarked('second'), [])
  await db.query(`insert into log.user_registered_0 values ($1, 'a@example.com', 'a')`, [idOf(1)])
  t.equal((await db.query('select from read.users_2')).rowCount, 1, 'and events still arrive')
})

t.test('an open reader of the log does not keep it from being replaced, nor writers', async (t) => {
  const reader = await connect(t, url)
  await reader.query('begin; select from log.events; select from read.users_2')
  await installInto(url, { directory: (await rewritten('third')).directory })
  t.strictSame(await unmarked('third'), [])
  await db.query(`insert into log.user_registered_0 values ($1, 'b@example.com', 'b')`, [idOf(2)])
  await reader.query('commit')
})

t.test('code that has an older version of it leaves it as it is', async (t) => {
  await db.query('update engine.sources set version = version + 1')
  await installInto(url, { directory: (await rewritten('older')).directory })
  t.strictSame(await unmarked('third'), [])
})

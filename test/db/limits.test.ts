// The counts of rate limits: written without waiting for the disk, and left alone by installs.
import t from 'tap'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase, installInto } from '../support/installed.ts'
import { copyReleases } from '../support/read-models/copied-releases.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
await db.query(`set synchronous_commit = 'on'`) // the server of the tests has it off

/** Whether a transaction with this statement waits for the disk. */
async function waits(statement: string): Promise<boolean> {
  await db.query('begin')
  await db.query(statement)
  const { rows } = await db.query('show synchronous_commit')
  await db.query('commit')
  return rows[0].synchronous_commit === 'on'
}

t.test(
  'A count does not wait for the disk; an append does, even on the same connection',
  async (t) => {
    t.notOk(await waits(`insert into limits.counts values ('a', 1, null)`))
    t.notOk(await waits(`update limits.counts set points = 2`))
    t.ok(
      await waits(`insert into log.user_registered_0 values ('${idOf(1)}', 'a@example.org', 'a')`),
    )
  },
)

t.test('A newer machinery keeps the counts and the secret of their keys', async (t) => {
  const read = async () => [
    (await db.query('select key, points from limits.counts')).rows,
    (await db.query('select bytes from limits.secret')).rows,
  ]
  const before = await read()
  const releases = await copyReleases(t)
  await releases.append('machinery/04-service/1-limits.sql', '-- another text\n')
  await db.query('begin')
  await db.query(`update limits.counts set points = points`)
  await installInto(url, { directory: releases.directory })
  await db.query('commit')
  t.same(await read(), before)
  t.equal(before[1]?.[0].bytes.length, 32)
})

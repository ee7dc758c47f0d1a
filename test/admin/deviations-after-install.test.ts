// The number of deviations that the console and an alert show is that of the last verify or install.
import t from 'tap'
import { beginAct, endAct } from '../../src/admin/acts/acts.ts'
import { readDeviations } from '../../src/platform/read-models/overview.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { epistle, finished } from '../support/service.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const install = () => finished(epistle(t, ['install'], { env: { DATABASE_URL: url } }))

async function installs(): Promise<number> {
  const { rows } = await db.query(`select count(*)::int from work.acts where act = 'install'`)
  return rows[0].count
}

/** What a verify records at its end. */
const found = {
  outcome: 'done',
  result: { tables: [], deviations: ['a trigger is missing'] },
} as const

t.test('An install that repairs what a verify found clears the number of deviations', async (t) => {
  await endAct(db, await beginAct(db, { actor: 'Zoë', act: 'verify' }), found)
  t.equal(await readDeviations(db), 1)
  await db.query('drop trigger "00_guard" on log.message_sent_3')
  t.match(await install(), { code: 0, stderr: /repaired: / })
  t.equal(await readDeviations(db), 0)
  t.equal(await installs(), 1)
})

t.test('The number is that of the verify or install that ended last', async (t) => {
  const verify = await beginAct(db, { actor: 'Zoë', act: 'verify' })
  const later = await beginAct(db, { actor: 'Zoë', act: 'install' })
  await endAct(db, later, { outcome: 'done', result: { release: 17, deviations: [] } })
  await endAct(db, verify, found)
  t.equal(await readDeviations(db), 1)
})

t.test('An install clears the number, too, if it finds all as installed', async (t) => {
  const before = await installs()
  t.match(await install(), { code: 0, stderr: /^(?!.*repaired: )/s })
  t.equal(await readDeviations(db), 0)
  await install()
  t.equal(await installs(), before + 1, 'recorded once')
})

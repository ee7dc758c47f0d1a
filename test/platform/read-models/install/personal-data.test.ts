// Personal data that could not be erased stop an installation, not an erasure.
import t from 'tap'
import { connect, installedDatabase, installInto } from '../../../support/installed.ts'
import { copyReleases } from '../../../support/read-models/copied-releases.ts'

const url = await installedDatabase(t, 11)
const db = await connect(t, url)
const newest = async () =>
  (await db.query('select max(release) as release from log.releases')).rows[0].release

t.test(
  'Install refuses a read table with personal data that cannot follow an erasure',
  async (t) => {
    for (const table of ['verified_emails_8', 'message_statistics_7']) {
      const releases = await copyReleases(t, 12)
      await releases.remove(`12-erasure/${table}.sql`)
      const { directory } = releases
      await t.rejects(installInto(url, { to: 12, directory }), {
        name: 'InstallError',
        message: `${table} projects events with personal data, and neither projects user_forgotten_12 nor ignores it`,
      })
      t.equal(await newest(), 11, 'nothing is declared')
    }
  },
)

t.test('Install refuses a declaration that names no column', async (t) => {
  const releases = await copyReleases(t, 12)
  const call = `call log.personal('user_blocked_6', person => 'owner_id');`
  await releases.append('12-erasure/user_forgotten_12.sql', call)
  const { directory } = releases
  await t.rejects(installInto(url, { to: 12, directory }), { message: /owner_id/ })
  t.equal(await newest(), 11, 'nothing is declared')
})

t.test('A read table without personal data need not follow an erasure', async (t) => {
  await installInto(url, { to: 12 })
  const { rows } = await db.query(
    `select kind, fault from engine.cells('receipts_4') where event_type = 'user_forgotten_12'`,
  )
  t.strictSame(rows, [{ kind: 'none', fault: null }])
})

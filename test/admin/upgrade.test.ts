// The next step of an upgrade in every situation, without a database: which tables it is about, and what stands in its
// way, in whole sentences.
import t from 'tap'
import { nextStep, type Situation } from '../../src/admin/status/upgrade.ts'
import { obstaclesTo, verbs } from '../../src/admin/tables/verbs.ts'
import type { ReaderOverview, TableOverview } from '../../src/platform/read-models/overview.ts'
import type { Release } from '../../src/platform/read-models/releases/releases.ts'

const release = (number: number, table: string): Release => ({
  ...{ release: number, name: `release ${number}` },
  files: [{ kind: 'read', table, release: number, path: `${table}.sql`, text: '', sha256: '' }],
})

const table = (name: string, changes: Partial<TableOverview> = {}): TableOverview => ({
  ...{ name, release: Number(name.split('_')[1]), state: 'live', position: '7', liveAt: null },
  ...{ isMissing: false, estimatedRows: null, viewOf: [], verified: null },
  ...changes,
})

const reader = (tables: string[], changes: Partial<ReaderOverview> = {}): ReaderOverview => ({
  ...{ name: 'epistle serve 10.0.0.5:3000, process 7', release: 0, tables },
  ...{ holdsLeases: true, seenAt: null },
  ...changes,
})

const absent = { name: 'epistle work, process 8', holdsLeases: false, seenAt: new Date() }

/** Code of release 1 on a database of release 1, where no process reads the old table. */
const situation = (changes: Partial<Situation> = {}): Situation => ({
  releases: [release(0, 'users_0'), release(1, 'users_1')],
  databaseRelease: 1,
  tables: [table('users_0'), table('users_1')],
  readers: [reader(['users_1'], { release: 1 })],
  ...changes,
})

const stepIn = (changes: Partial<Situation>) => {
  const { step, tables, obstacles } = nextStep(situation(changes))
  return { step, tables, obstacles }
}

const backAgain = 'epistle work, process 8 has lost its leases. Wait a minute, or until it is back.'

t.test('A build that is not finished is continued by an install', async (t) => {
  const tables = [table('users_0'), table('users_1', { state: 'building' })]
  t.strictSame(stepIn({ tables, readers: [reader([], absent)] }), {
    step: 'install',
    tables: ['users_1'],
    obstacles: [
      'users_1 is built up to position 7. If no install is running, run epistle install again.',
      backAgain,
    ],
  })
})

t.test('A server of older code is deployed, and so are readers of old tables', async (t) => {
  t.strictSame(stepIn({ databaseRelease: 2 }), {
    step: 'deploy',
    tables: [],
    obstacles: ['The database has release 2, and this server has 1. Deploy the newest code.'],
  })
  const readers = [reader(['users_0']), reader(['users_0'], { name: 'a reader', release: null })]
  t.strictSame(stepIn({ readers }), {
    step: 'deploy',
    tables: ['users_0'],
    obstacles: [
      'epistle serve 10.0.0.5:3000, process 7, which has release 0, still reads users_0. Replace it with the newest code.',
      'a reader still reads users_0. Replace it with the newest code.',
    ],
  })
})

t.test('An older server than the database replays nothing, and says which console does', (t) => {
  const [users, newer] = [table('users_1'), situation({ databaseRelease: 2 })]
  const obstacle =
    'The database has release 2, and this server has 1. Use the console of a newer server.'
  for (const verb of verbs.filter((verb) => verb !== 'retire')) {
    t.strictSame(obstaclesTo(verb, users, newer), [obstacle], verb)
  }
  t.notOk(obstaclesTo('retire', users, newer).includes(obstacle), 'a retirement is not refused')
  t.strictSame(obstaclesTo('verify', users, situation()), [])
  t.end()
})

t.test('Old tables are retired once no process reads them or can come back', async (t) => {
  t.strictSame(stepIn({}), { step: 'retire', tables: ['users_0'], obstacles: [] })
  const tables = [table('users_0', { state: 'retiring' }), table('users_1')]
  t.strictSame(stepIn({ tables, readers: [reader(['users_1'], absent)] }), {
    step: 'retire',
    tables: ['users_0'],
    obstacles: [
      'The retirement of users_0 is not finished. If none is running, run epistle retire users_0 again.',
      backAgain,
    ],
  })
  t.strictSame(stepIn({ tables: [table('users_1')] }), { step: 'none', tables: [], obstacles: [] })
})

// Retire and demote beside transactions that read and do not end. A reader of tables that stay neither waits
// nor is waited for. For a reader of the table that goes, or of a table it refers to, the operator's command
// alone waits; until the reader ends, nothing is half done.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import t, { type Test } from 'tap'
import { install } from '../../../../src/platform/read-models/install/install.ts'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { dropStatements } from '../../../../src/platform/read-models/retire/drop-read-table.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect } from '../../../support/installed.ts'
import { damagedTables } from '../../../support/read-models/agreement.ts'
import {
  backendPid,
  currentWaits,
  locksOf,
  untilLockWait,
  watchWaits,
} from '../../../support/read-models/blocked-sessions.ts'
import { contentsOf } from '../../../support/read-models/contents.ts'
import { leftoversOf } from '../../../support/read-models/retire/leftovers.ts'
import { databaseOfAllReleases } from '../../../support/read-models/retire/old-servers.ts'
import { until } from '../../../support/until.ts'

const say = () => undefined
const retired = (client: ClientBase, ...tables: string[]) =>
  retire({ client, directory, tables, say })
const demoted = (client: ClientBase, table: string) => demote(client, directory, table, say)

/** A reader whose transaction has read these tables and stays open until `end`. */
async function longReader(t: Test, url: string, tables: readonly string[]) {
  const reader = await connect(t, url)
  await reader.query('begin')
  for (const table of tables) await reader.query(`select count(*) from read.${table}`)
  return { reader, pid: await backendPid(reader), end: () => reader.query('commit') }
}

async function stateOf(db: ClientBase, table: string): Promise<string | undefined> {
  return (await db.query('select state from read.tables where name = $1', [table])).rows[0]?.state
}

/** Resolves once the operator's backend waits for this relation and for this process. */
async function untilBlockedBy(db: ClientBase, operator: number, relation: string, pid: number) {
  await until(`the operator waits for process ${pid} and ${relation}`, async () =>
    (await currentWaits(db)).some(
      (wait) => wait.pid === operator && wait.what === relation && wait.by.includes(pid),
    ),
  )
}

/** The relations that a backend locks exclusively, so that no other session can read them. */
async function exclusiveLocks(db: ClientBase, pid: number): Promise<string[]> {
  const locks = (await locksOf(db, pid)).filter(
    ({ mode, relation }) => mode === 'AccessExclusiveLock' && /^(read|log)\./.test(`${relation}`),
  )
  return [...new Set(locks.map(({ relation }) => `${relation}`))].sort()
}

t.test('A reader of tables that stay neither waits nor is waited for', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const [operator, watcher] = [await connect(t, url), await connect(t, url)]
  const reading = await longReader(t, url, ['messages_3', 'users_2', 'sessions_2'])
  const watching = watchWaits(watcher)
  await retired(operator, 'users_0', 'sessions_0')
  await demoted(operator, 'users_1')
  const waits = await watching.stop()
  t.notOk(waits.some(({ pid, by }) => pid === reading.pid || by.includes(reading.pid)))
  t.equal((await contentsOf(reading.reader, 'users_2')).length, 20, 'the reader can still read')
  await reading.end()
  t.strictSame(await damagedTables(db), [])
})

t.test('A drop locks exclusively only the table and the tables it refers to', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const operator = await connect(t, url)
  const pid = await backendPid(operator)
  const dropping = async (table: string) => {
    await operator.query('begin')
    for (const statement of await dropStatements(operator, table)) await operator.query(statement)
    const locked = await exclusiveLocks(db, pid)
    await operator.query('rollback')
    return locked.filter((name) => !/_(pkey|taken|by_user)$/.test(name))
  }
  t.strictSame(await dropping('users_0'), ['read.users_0'])
  t.strictSame(await dropping('sessions_0'), ['read.sessions_0', 'read.user_ids_0'])
  await demoted(operator, 'users_1')
  t.strictSame(
    await dropping('users_1'),
    ['read.users_1'],
    'the drop of a view does not lock the table that it reads',
  )
})

for (const [command, run, state] of [
  ['retire', (client: ClientBase) => retired(client, 'sessions_0'), 'retiring'],
  ['demote', (client: ClientBase) => demoted(client, 'sessions_0'), 'live'],
] as const) {
  t.test(
    `The ${command} of a table waits alone for a reader of a table it refers to`,
    async (t) => {
      const { url, db } = await databaseOfAllReleases(t)
      const [operator, watcher] = [await connect(t, url), await connect(t, url)]
      const [pid, writing] = [await backendPid(operator), await backendPid(db)]
      const reading = await longReader(t, url, ['user_ids_0'])
      const watching = watchWaits(watcher)
      const going = run(operator)
      await untilBlockedBy(db, pid, 'read.user_ids_0', reading.pid)
      t.equal(await stateOf(db, 'sessions_0'), state)
      for (let n = 100; n < 150; n += 1) {
        await append(db, [userRegistered(idOf(n)), messageSent(idOf(n + 1000), idOf(1), idOf(n))])
      }
      await reading.end()
      await going
      const waits = await watching.stop()
      const behindReader = waits.filter(({ by }) => by.includes(reading.pid))
      t.ok(behindReader.length > 0)
      t.ok(
        behindReader.every((wait) => wait.pid === pid),
        'only the operator waited for the reader',
      )
      const writer = waits.filter((wait) => wait.pid === writing)
      t.ok(
        writer.every(({ by }) => by.every((one) => one === pid)),
        'a writer waited only for the operator',
      )
      t.notOk(waits.some((wait) => wait.pid === reading.pid))
      t.equal((await contentsOf(db, 'messages_3')).length, 50)
      t.strictSame(await damagedTables(db), [])
    },
  )
}

t.test('A reader of the table itself keeps it live until the reader ends', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const operator = await connect(t, url)
  const pid = await backendPid(operator)
  for (const [table, run] of [
    ['users_0', (client: ClientBase) => retired(client, 'users_0')],
    ['users_1', (client: ClientBase) => demoted(client, 'users_1')],
  ] as const) {
    const reading = await longReader(t, url, [table])
    const going = run(operator)
    await untilBlockedBy(db, pid, `read.${table}`, reading.pid)
    t.equal(await stateOf(db, table), 'live')
    const id = idOf(table === 'users_0' ? 50 : 51)
    await append(db, [userRegistered(id)])
    const { rowCount } = await reading.reader.query(`select from read.${table} where id = $1`, [id])
    t.equal(rowCount, 1, 'the table gets events that are appended meanwhile')
    await reading.end()
    await going
  }
  t.strictSame(await leftoversOf(db, ['users_0']), [])
  t.equal(await stateOf(db, 'users_1'), 'demoted')
  t.strictSame(await damagedTables(db), [])
})

/** The transaction of a backend; each retry of a command begins another one. */
async function transactionOf(db: ClientBase, pid: number): Promise<string> {
  const { rows } = await db.query(
    'select distinct virtualtransaction as id from pg_locks where pid = $1',
    [pid],
  )
  return rows[0].id
}

t.test('Retire and demote wait for the append lock without giving up', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const [operator, writer] = [await connect(t, url), await connect(t, url)]
  const pid = await backendPid(operator)
  for (const run of [() => retired(operator, 'users_0'), () => demoted(operator, 'users_1')]) {
    await writer.query('begin; select log.take_append_lock()')
    const going = run()
    await untilLockWait(db, pid, 0)
    const before = await transactionOf(db, pid)
    await pause(200) // a command that waits at most 50 ms would have given up meanwhile
    t.equal(await transactionOf(db, pid), before, 'the operator has not given up and retried')
    await writer.query('commit')
    await going
  }
  t.strictSame(await damagedTables(db), [])
})

t.test('A transaction on an event table delays neither a retirement nor a demotion', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const [operator, writer] = [await connect(t, url), await connect(t, url)]
  await writer.query('begin; lock table log.user_registered_1 in row exclusive mode')
  await retired(operator, 'users_0')
  await demoted(operator, 'users_1')
  await append(writer, [userRegistered(idOf(50))])
  await writer.query('commit')
  t.strictSame(await leftoversOf(db, ['users_0']), [])
  t.strictSame(await damagedTables(db), [])
})

t.test('Retire, demote and install print which session they wait for', async (t) => {
  const { url, db } = await databaseOfAllReleases(t)
  const client = await connect(t, url)
  type Say = (line: string) => void
  for (const [table, run] of [
    ['read.users_0', (say: Say) => retire({ client, directory, tables: ['users_0'], say })],
    ['read.users_1', (say: Say) => demote(client, directory, 'users_1', say)],
    ['log.user_registered_0', (say: Say) => install({ client, directory, say })],
  ] as const) {
    await db.query('alter table log.user_registered_0 enable trigger "00_append_only"')
    const reader = await connect(t, url)
    await reader.query(`begin; select from ${table}`)
    const said: string[] = []
    await run((line) => {
      said.push(line)
      if (line.startsWith('waiting')) reader.query('commit').catch(t.fail)
    })
    const waiting = said.find((line) => line.startsWith('waiting'))
    t.match(waiting, /^waiting up to 60 s for a lock\. Sessions/)
  }
})

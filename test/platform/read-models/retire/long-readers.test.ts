// Retire and demote beside transactions that read and do not end: whoever reads what stays is neither
// waited for nor made to wait; whoever reads what goes, or what that refers to, is waited for, by the
// operator's command alone, and until he ends nothing is half done.
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import t, { type Test } from 'tap'
import { dbDirectory as directory } from '../../../../src/platform/read-models/releases/releases.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { dropTable } from '../../../../src/platform/read-models/retire/drop-read-table.ts'
import { retire } from '../../../../src/platform/read-models/retire/retire.ts'
import { append, messageSent, userRegistered } from '../../../support/append-requests.ts'
import { idOf } from '../../../support/ids.ts'
import { connect } from '../../../support/installed.ts'
import { damages } from '../../../support/read-models/agreement.ts'
import {
  locksOf,
  processOf,
  untilItWaits,
  waitsNow,
  watchWaits,
} from '../../../support/read-models/blocked-sessions.ts'
import { contentsOf } from '../../../support/read-models/contents.ts'
import { remains } from '../../../support/read-models/leftovers.ts'
import { everyRelease } from '../../../support/read-models/old-servers.ts'
import { until } from '../../../support/until.ts'

const say = () => undefined
const retired = (client: ClientBase, ...tables: string[]) =>
  retire({ client, directory, tables, say })
const demoted = (client: ClientBase, table: string) => demote(client, directory, table, say)

/** Somebody whose transaction has read these tables and does not end. */
async function longReader(t: Test, url: string, tables: readonly string[]) {
  const reader = await connect(t, url)
  await reader.query('begin')
  for (const table of tables) await reader.query(`select count(*) from read.${table}`)
  return { reader, pid: await processOf(reader), end: () => reader.query('commit') }
}

async function stateOf(db: ClientBase, table: string): Promise<string | undefined> {
  return (await db.query('select state from read.tables where name = $1', [table])).rows[0]?.state
}

/** Resolves once the operator is seen to wait for this process, and for this relation. */
async function untilItWaitsFor(db: ClientBase, operator: number, relation: string, pid: number) {
  await until(`the operator waits for process ${pid} and ${relation}`, async () =>
    (await waitsNow(db)).some(
      (wait) => wait.pid === operator && wait.what === relation && wait.by.includes(pid),
    ),
  )
}

/** What is locked so that nobody else may read it. */
async function lockedAlone(db: ClientBase, pid: number): Promise<string[]> {
  const locks = (await locksOf(db, pid)).filter(
    ({ mode, relation }) => mode === 'AccessExclusiveLock' && /^(read|log)\./.test(`${relation}`),
  )
  return [...new Set(locks.map(({ relation }) => `${relation}`))].sort()
}

t.test('whoever reads what stays is not waited for, and does not wait', async (t) => {
  const { url, db } = await everyRelease(t)
  const [operator, watcher] = [await connect(t, url), await connect(t, url)]
  const reading = await longReader(t, url, ['messages_3', 'users_2', 'sessions_2'])
  const watching = watchWaits(watcher)
  await retired(operator, 'users_0', 'sessions_0')
  await demoted(operator, 'users_1')
  const waits = await watching.stop()
  t.notOk(waits.some(({ pid, by }) => pid === reading.pid || by.includes(reading.pid)))
  t.equal((await contentsOf(reading.reader, 'users_2')).length, 20, 'and still reads')
  await reading.end()
  t.strictSame(await damages(db), [])
})

t.test('what is locked alone is what goes, and what it refers to; nothing else', async (t) => {
  const { url, db } = await everyRelease(t)
  const operator = await connect(t, url)
  const pid = await processOf(operator)
  const dropping = async (table: string) => {
    await operator.query('begin')
    await dropTable(operator, table)
    const locked = await lockedAlone(db, pid)
    await operator.query('rollback')
    return locked.filter((name) => !/_(pkey|taken|by_user)$/.test(name))
  }
  t.strictSame(await dropping('users_0'), ['read.users_0'])
  t.strictSame(await dropping('sessions_0'), ['read.sessions_0', 'read.user_ids_0'])
  await demoted(operator, 'users_1')
  t.strictSame(await dropping('users_1'), ['read.users_1'], 'of a view, not what it reads')
})

for (const [command, run, state] of [
  ['retire', (client: ClientBase) => retired(client, 'sessions_0'), 'retiring'],
  ['demote', (client: ClientBase) => demoted(client, 'sessions_0'), 'live'],
] as const) {
  t.test(
    `${command} waits for a reader of what the table refers to, nobody else does`,
    async (t) => {
      const { url, db } = await everyRelease(t)
      const [operator, watcher] = [await connect(t, url), await connect(t, url)]
      const [pid, writing] = [await processOf(operator), await processOf(db)]
      const reading = await longReader(t, url, ['user_ids_0'])
      const watching = watchWaits(watcher)
      const going = run(operator)
      await untilItWaitsFor(db, pid, 'read.user_ids_0', reading.pid)
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
        'the operator alone waited for him',
      )
      const writer = waits.filter((wait) => wait.pid === writing)
      t.ok(
        writer.every(({ by }) => by.every((one) => one === pid)),
        'a writer only for the operator',
      )
      t.notOk(waits.some((wait) => wait.pid === reading.pid))
      t.equal((await contentsOf(db, 'messages_3')).length, 50)
      t.strictSame(await damages(db), [])
    },
  )
}

t.test('a reader of the very table keeps it live until he ends', async (t) => {
  const { url, db } = await everyRelease(t)
  const operator = await connect(t, url)
  const pid = await processOf(operator)
  for (const [table, run] of [
    ['users_0', (client: ClientBase) => retired(client, 'users_0')],
    ['users_1', (client: ClientBase) => demoted(client, 'users_1')],
  ] as const) {
    const reading = await longReader(t, url, [table])
    const going = run(operator)
    await untilItWaitsFor(db, pid, `read.${table}`, reading.pid)
    t.equal(await stateOf(db, table), 'live')
    const id = idOf(table === 'users_0' ? 50 : 51)
    await append(db, [userRegistered(id)])
    const { rowCount } = await reading.reader.query(`select from read.${table} where id = $1`, [id])
    t.equal(rowCount, 1, 'what is appended meanwhile is in it')
    await reading.end()
    await going
  }
  t.strictSame(await remains(db, ['users_0']), [])
  t.equal(await stateOf(db, 'users_1'), 'demoted')
  t.strictSame(await damages(db), [])
})

/** The transaction a process is in; another one each time it tries again. */
async function transactionOf(db: ClientBase, pid: number): Promise<string> {
  const { rows } = await db.query(
    'select distinct virtualtransaction as id from pg_locks where pid = $1',
    [pid],
  )
  return rows[0].id
}

t.test('behind writers both wait for their turn, however late it comes', async (t) => {
  const { url, db } = await everyRelease(t)
  const [operator, writer] = [await connect(t, url), await connect(t, url)]
  const pid = await processOf(operator)
  for (const run of [() => retired(operator, 'users_0'), () => demoted(operator, 'users_1')]) {
    await writer.query('begin; select log.take_append_lock()')
    const going = run()
    await untilItWaits(db, pid, 0)
    const before = await transactionOf(db, pid)
    await pause(200) // in which whoever waits 50 ms at most would have given up
    t.equal(await transactionOf(db, pid), before, 'it has not given up and come back')
    await writer.query('commit')
    await going
  }
  t.strictSame(await damages(db), [])
})

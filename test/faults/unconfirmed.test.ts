// A commit whose wait for the synchronous standby is cancelled: PostgreSQL reports success with a warning, but a
// failover could lose it. No writer, worker or command reports success before a later commit has reached the standby,
// and neither does a repeated request that finds the event.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { withConnection } from '../../src/command-connection.ts'
import { user } from '../../src/features/users/user.ts'
import { createEventStore } from '../../src/platform/event-store/event-store.ts'
import { HeldConnection } from '../../src/platform/event-store/writer/held-connection.ts'
import { createWriter } from '../../src/platform/event-store/writer/writer.ts'
import { Sockets } from '../../src/platform/postgres/sockets.ts'
import { enqueueConfirmed } from '../../src/platform/task-queue/task.ts'
import { openServiceClient } from '../../src/service-pool.ts'
import { annId, annRegistered, bobId, bobRegistered } from '../support/event-store/stories.ts'
import { ownCluster } from '../support/faults/cluster.ts'
import { connect } from '../support/installed.ts'
import { until } from '../support/until.ts'

const cluster = await ownCluster(t)
const { url } = cluster
let owner = await connect(t, url)
const pool = new pg.Pool({ connectionString: url })
pool.on('error', () => undefined)
t.teardown(() => pool.end())

/** Names the standby for which commits wait; the name `away` belongs to none. */
async function requireStandby(name: string): Promise<void> {
  await owner.query(`alter system set synchronous_standby_names = '${name}'`)
  await owner.query('select pg_reload_conf()')
  await until('the setting is there', async () => {
    const { rows } = await owner.query('show synchronous_standby_names')
    return rows[0].synchronous_standby_names === name
  })
  if (name !== '') await until('commits wait', doCommitsWait)
}

/** Whether a commit waits for the standby; its wait is cancelled. The setting reaches other processes a bit later. */
async function doCommitsWait(): Promise<boolean> {
  const probe = await connect(t, url)
  const { pid } = (await probe.query('select pg_backend_pid() as pid')).rows[0]
  let isOver = false
  const done = probe.query(`select pg_logical_emit_message(true, '', '')`).finally(() => {
    isOver = true
  })
  const waits = `select from pg_stat_activity where pid = $1 and wait_event = 'SyncRep'`
  let isWaiting = false
  while (!isOver && !isWaiting) isWaiting = (await owner.query(waits, [pid])).rowCount === 1
  if (isWaiting) await owner.query('select pg_cancel_backend($1)', [pid])
  await done
  await probe.end()
  return isWaiting
}

/** The process whose commit waits for the standby. */
function waiting(): Promise<number> {
  return until('a commit waits for the standby', async () => {
    const { rows } = await owner.query(
      `select pid from pg_stat_activity where wait_event = 'SyncRep' and datname = current_database()`,
    )
    return rows[0]?.pid as number | undefined
  })
}

/** Cancels the wait of a commit. Returns when it waits no longer; its session can wait for another commit then. */
async function cancelWait(): Promise<void> {
  const pid = await waiting()
  const query = 'select query_start::text as began from pg_stat_activity where pid = $1'
  const { began } = (await owner.query(query, [pid])).rows[0]
  await owner.query('select pg_cancel_backend($1)', [pid])
  const waits = `${query} and wait_event = 'SyncRep' and query_start = $2::timestamptz`
  const values = [pid, began]
  await until('it waits no longer', async () => (await owner.query(waits, values)).rowCount === 0)
}

function start(patienceMs: number, checkMs: number) {
  const open = () => openServiceClient(url, new Sockets())
  const connection = new HeldConnection({ open, onIdleLoss: () => undefined, checkMs })
  const troubles: unknown[] = []
  const onTrouble = (error: unknown) => troubles.push(error)
  const writer = createWriter({ connection, onTrouble, patienceMs })
  t.teardown(() => writer.close())
  return { troubles, store: createEventStore(pool, writer.write) }
}

async function versions(streamId: string): Promise<number> {
  const text = 'select from log.events where stream_id = $1'
  return (await owner.query(text, [streamId])).rowCount ?? 0
}

t.test('The writer reports a command as recorded once the standby has it', async (t) => {
  const { store, troubles } = start(60_000, 5_000)
  await requireStandby('away')
  let isReported = false
  const register = { aggregate: user, streamId: annId, expectedVersion: 0, events: [annRegistered] }
  const appended = store.append(register).then((recorded) => {
    isReported = true
    return recorded
  })
  await cancelWait()
  t.equal(await versions(annId), 1, 'the primary has it')
  await cancelWait()
  await waiting()
  t.notOk(isReported, 'the commit that confirms it was cancelled, too')
  await requireStandby('')
  t.match(await appended, { position: /^\d+$/ })
  t.equal(await versions(annId), 1, 'it is recorded once')
  t.match(troubles, [{ name: 'UnconfirmedError' }])
})

t.test('The writer reports a command as unknown while the standby stays away', async (t) => {
  const { store } = start(100, 100)
  await requireStandby('away')
  const register = { aggregate: user, streamId: bobId, expectedVersion: 0, events: [bobRegistered] }
  const refused = { code: 'unavailable', reason: /may be recorded, or not/ }
  const rejected = t.rejects(store.append(register), refused)
  await cancelWait()
  await rejected
  await requireStandby('')
})

t.test('A repeated request finds its event once the standby has it', async (t) => {
  const first = createEventStore(pool)
  await requireStandby('away')
  const [streamId, id] = [randomUUID(), randomUUID()]
  const data = {
    ...annRegistered.data,
    id: streamId,
    email: 'cyril@example.org',
    username: 'cyril',
  }
  const events = [{ ...annRegistered, data }]
  const register = { aggregate: user, streamId, expectedVersion: 0, events, eventIds: [id] }
  const ended = t.rejects(
    first.append(register),
    'the session ends before the standby has the event',
  )
  await owner.query('select pg_terminate_backend($1)', [await waiting()])
  await ended
  t.equal(await versions(streamId), 1, 'the primary has it')
  // Another server, to which the client repeats its request.
  const second = createEventStore(pool)
  await t.rejects(
    Promise.all([second.find(user, [id]), cancelWait()]),
    { code: 'unavailable', reason: /no synchronous standby has confirmed it/ },
    'a cancelled wait confirms nothing',
  )
  let isFound = false
  const finding = second.find(user, [id, randomUUID()]).then((found) => {
    isFound = true
    return found
  })
  await waiting()
  t.notOk(isFound, 'it waits for the standby')
  const { rows } = await pool.query('select 1 as one')
  t.equal(rows[0].one, 1, 'other queries go on')
  await requireStandby('')
  t.match(await finding, [{ streamId }, undefined])
  await requireStandby('away')
  t.match(await second.find(user, [id]), [{ streamId }], 'what was confirmed needs no commit')
  await requireStandby('')
})

/** The registration of a new user. */
function newcomer() {
  const streamId = randomUUID()
  const data = {
    ...annRegistered.data,
    id: streamId,
    email: `${streamId}@example.org`,
    username: null,
  }
  return { aggregate: user, streamId, expectedVersion: 0, events: [{ ...annRegistered, data }] }
}

/** What reports success without the writer of a server. */
const others: Record<string, () => Promise<unknown>> = {
  'a lone append, as of a worker': () => createEventStore(pool).append(newcomer()),
  'a task of a request': () => enqueueConfirmed(pool, 'password_reset_8', { email: 'x' }),
  'a command': () =>
    withConnection(url, (client) => client.query(`insert into work.tasks (process) values ('x')`)),
}

for (const [name, act] of Object.entries(others)) {
  t.test(`A commit of ${name} is reported once the standby has it`, async (t) => {
    await requireStandby('away')
    let isReported = false
    const acting = act().then(() => {
      isReported = true
    })
    await cancelWait()
    await waiting()
    t.notOk(isReported, 'it waits for a commit that confirms the first')
    await requireStandby('')
    await acting
    await requireStandby('away')
    const refused = t.rejects(act(), { name: /^Un(?:confirmed|available)Error$/ })
    await cancelWait()
    await cancelWait()
    await refused
    await requireStandby('')
  })
}

t.test('A standby confirms no command, and the primary after it does', async (t) => {
  const { store } = start(120_000, 5_000)
  await requireStandby('away')
  const command = newcomer()
  const appended = store.append(command)
  await cancelWait()
  await waiting()
  // The primary server is replaced while the command is looked up.
  await cluster.demote()
  owner = await connect(t, url)
  const isLookedUp = `select from pg_stat_activity
    where query like '%pg_logical_emit_message%' and pid <> pg_backend_pid()`
  await until('the standby is asked', async () => (await owner.query(isLookedUp)).rowCount)
  const repeated = createEventStore(pool)
  const { rows } = await owner.query('select id from log.events where stream_id = $1', [
    command.streamId,
  ])
  await t.rejects(repeated.find(user, [rows[0].id]), { code: 'unavailable' })
  await cluster.promote()
  await requireStandby('')
  t.match(await appended, { position: /^\d+$/ })
  t.equal(await versions(command.streamId), 1, 'it is recorded once')
})

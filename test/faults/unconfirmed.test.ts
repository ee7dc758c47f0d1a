// A commit whose wait for the synchronous standby is cancelled: PostgreSQL reports success with a warning, but a
// failover could lose it. No writer, worker or command reports success before a later commit has reached the standby,
// and neither does a repeated request that finds the event.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import t, { type Test } from 'tap'
import { withConnection } from '../../src/command-connection.ts'
import { useSessionLink } from '../../src/features/account-recovery/session-links.ts'
import { user } from '../../src/features/users/user.ts'
import type { ShownEvent } from '../../src/platform/event-store/event.ts'
import { createEventStore } from '../../src/platform/event-store/event-store.ts'
import { find } from '../../src/platform/event-store/load.ts'
import { HeldConnection } from '../../src/platform/event-store/writer/held-connection.ts'
import { createWriter } from '../../src/platform/event-store/writer/writer.ts'
import { Sockets } from '../../src/platform/postgres/sockets.ts'
import { enqueueConfirmed } from '../../src/platform/task-queue/task.ts'
import { openServiceClient } from '../../src/service-pool.ts'
import { annId, annRegistered, bobId, bobRegistered } from '../support/event-store/stories.ts'
import { ownCluster } from '../support/faults/cluster.ts'
import { CommitWaits } from '../support/faults/commit-waits.ts'

const cluster = await ownCluster(t)
const { url } = cluster
const waits = await new CommitWaits(t, url).connect()
const pool = new pg.Pool({ connectionString: url })
pool.on('error', () => undefined)
t.teardown(() => pool.end())

function start(patienceMs: number, checkMs: number) {
  const open = () => openServiceClient(url, new Sockets())
  const connection = new HeldConnection({ open, onIdleLoss: () => undefined, checkMs })
  const troubles: unknown[] = []
  const onTrouble = (error: unknown) => troubles.push(error)
  const writer = createWriter({ connection, onTrouble, patienceMs })
  t.teardown(() => writer.close())
  return { troubles, store: createEventStore(pool, writer.write) }
}

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

async function versions(streamId: string): Promise<number> {
  const text = 'select from log.events where stream_id = $1'
  return (await waits.owner.query(text, [streamId])).rowCount ?? 0
}

/** Resolves when the database has answered the next request of this process to confirm its commits. */
async function confirmationAnswered(t: Test): Promise<void> {
  const answered = Promise.withResolvers<void>()
  const { query } = pg.Client.prototype
  t.intercept(pg.Client.prototype, 'query', {
    value(this: pg.Client, config: pg.QueryConfig, ...others: never[]) {
      const answer: unknown = query.call(this, config as never, ...(others as [never, never]))
      const resolve = () => answered.resolve()
      if (config.name === 'confirmCommits') (answer as Promise<unknown>).then(resolve, resolve)
      return answer
    },
  })
  await answered.promise
}

/** Registers a user by an event with this id. The primary server has it, and the standby does not. */
async function registerUnconfirmed(id: string) {
  const register = { ...newcomer(), eventIds: [id] }
  const ended = createEventStore(pool).append(register)
  await Promise.all([ended.then(unexpected, () => undefined), waits.terminate()])
  return register
}

function unexpected(): never {
  throw new Error('the commit had to wait for a standby that is away')
}

t.test('The writer reports a command as recorded once the standby has it', async (t) => {
  const { store, troubles } = start(60_000, 5_000)
  await waits.requireStandby('away')
  let isReported = false
  const register = { aggregate: user, streamId: annId, expectedVersion: 0, events: [annRegistered] }
  const appended = store.append(register).then((recorded) => {
    isReported = true
    return recorded
  })
  await waits.cancel()
  t.equal(await versions(annId), 1, 'the primary has it')
  await waits.cancel()
  await waits.waiting()
  t.notOk(isReported, 'the commit that confirms it was cancelled, too')
  await waits.requireStandby('')
  t.match(await appended, { position: /^\d+$/ })
  t.equal(await versions(annId), 1, 'it is recorded once')
  t.match(troubles, [{ name: 'UnconfirmedError' }])
})

t.test('The writer reports a command as unknown while the standby stays away', async (t) => {
  const { store } = start(100, 100)
  await waits.requireStandby('away')
  const register = { aggregate: user, streamId: bobId, expectedVersion: 0, events: [bobRegistered] }
  const refused = { code: 'unavailable', reason: /may be recorded, or not/ }
  const rejected = t.rejects(store.append(register), refused)
  await waits.cancel()
  await rejected
  await waits.requireStandby('')
})

t.test('A repeated request finds its event once the standby has it', async (t) => {
  await waits.requireStandby('away')
  const id = randomUUID()
  const { streamId } = await registerUnconfirmed(id)
  t.equal(await versions(streamId), 1, 'the primary has it')
  // Another server, to which the client repeats its request.
  const second = createEventStore(pool)
  await t.rejects(
    Promise.all([second.find(user, [id]), waits.cancel()]),
    { code: 'unavailable', reason: /no synchronous standby has confirmed it/ },
    'a cancelled wait confirms nothing',
  )
  let isFound = false
  const finding = second.find(user, [id, randomUUID()]).then((found) => {
    isFound = true
    return found
  })
  await waits.waiting()
  t.notOk(isFound, 'it waits for the standby')
  const { rows } = await pool.query('select 1 as one')
  t.equal(rows[0].one, 1, 'other queries go on')
  await waits.requireStandby('')
  t.match(await finding, [{ streamId }, undefined])
  await waits.requireStandby('away')
  t.match(await second.find(user, [id]), [{ streamId }], 'what was confirmed needs no commit')
  await waits.requireStandby('')
})

/** Makes the database one that never had the event, as a failover to a standby without it does. */
async function lose(id: string): Promise<void> {
  await waits.owner.query(`begin;
    set local synchronous_commit = local; set local session_replication_role = replica;
    alter table log.events disable trigger "00_append_only";
    delete from log.events where id = '${id}';
    alter table log.events enable always trigger "00_append_only"; commit`)
}

t.test('A confirmation by a server without the event confirms nothing', async (t) => {
  await waits.requireStandby('away')
  const ids = [randomUUID(), randomUUID()] as const
  for (const id of ids) await registerUnconfirmed(id)
  const [earlier, shown] = (await find(pool, user, ids)) as unknown as [ShownEvent, ShownEvent]
  const store = createEventStore(pool)
  const code = 'unavailable'
  const first = t.rejects(store.confirm([shown]), { code, reason: /can still be lost/ })
  await waits.waiting()
  // It waits for the end of the first one, whose server does not survive.
  const next = t.rejects(store.confirm([shown]), { code, reason: /replaced by one without it/ })
  await lose(shown.id)
  await waits.terminate()
  await first
  await waits.waiting()
  await waits.requireStandby('')
  await next
  await waits.requireStandby('away')
  let isConfirmed = false
  const confirmed = store.confirm([earlier]).then(() => {
    isConfirmed = true
  })
  await waits.waiting()
  t.notOk(isConfirmed, 'the position of the lost event counts for nothing')
  await waits.requireStandby('')
  await confirmed
})

/** Stores a link of a notice, by a commit that waits for no standby. */
async function keepLink(): Promise<void> {
  await waits.owner.query(`begin; set local synchronous_commit = local;
    insert into sessions.revocation_tokens (token_hash, session_id, user_id, expires_at)
      values (sha256('t'), '${bobId}', '${bobId}', 'infinity') on conflict do nothing;
    commit`)
}

/** What reports success without the writer of a server. */
const others: Record<string, () => Promise<unknown>> = {
  'a lone append, as of a worker': () => createEventStore(pool).append(newcomer()),
  'a task of a request': () => enqueueConfirmed(pool, 'password_reset_8', { email: 'x' }),
  'the use of the link of a notice': async () => {
    await keepLink()
    await useSessionLink(pool, { sessionId: bobId, userId: bobId }, undefined)
  },
  'a command': () =>
    withConnection(url, (client) => client.query(`insert into work.tasks (process) values ('x')`)),
}

for (const [name, act] of Object.entries(others)) {
  t.test(`A commit of ${name} is reported once the standby has it`, async (t) => {
    await waits.requireStandby('away')
    let isReported = false
    const acting = act().then(() => {
      isReported = true
    })
    await waits.cancel()
    await waits.waiting()
    t.notOk(isReported, 'it waits for a commit that confirms the first')
    await waits.requireStandby('')
    await acting
    await waits.requireStandby('away')
    const refused = t.rejects(act(), { name: /^Un(?:confirmed|available)Error$/ })
    await waits.cancel()
    await waits.cancel()
    await refused
    await waits.requireStandby('')
  })
}

t.test('A standby confirms no command, and the primary after it does', async (t) => {
  const { store } = start(120_000, 5_000)
  await waits.requireStandby('away')
  const command = newcomer()
  const appended = store.append(command)
  await waits.cancel()
  await waits.waiting()
  // The primary server is replaced while the command is looked up.
  await cluster.demote()
  await waits.connect()
  await confirmationAnswered(t)
  const repeated = createEventStore(pool)
  const { rows } = await waits.owner.query('select id from log.events where stream_id = $1', [
    command.streamId,
  ])
  await t.rejects(repeated.find(user, [rows[0].id]), { code: 'unavailable' })
  await cluster.promote()
  await waits.requireStandby('')
  t.match(await appended, { position: /^\d+$/ })
  t.equal(await versions(command.streamId), 1, 'it is recorded once')
})

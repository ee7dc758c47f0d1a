// Tasks are enqueued in the transaction of their event, by every writer and for every version of the event.
// Nothing else enqueues them: a build, verify, rebuild or new release never repeats a task.
import t from 'tap'
import { rebuild } from '../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { freshDatabase } from '../support/database.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase, installInto } from '../support/installed.ts'
import { readProcesses } from '../support/process-managers.ts'
import { copyReleases } from '../support/read-models/copied-releases.ts'
import { displayNames } from '../support/read-models/example-releases/display-names.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const { welcome, password_notice: notice } = await readProcesses(db)
const quiet = () => undefined

/** Every task of two process managers: the process manager, and the type of the event that caused it. */
async function tasks(on = db): Promise<string[]> {
  const { rows } = await on.query<{ line: string }>(
    `select format('%s because of %s of %s', process, e.type, data ->> 'userId') as line
     from work.tasks t left join log.events e on e.id = t.cause
     where process ~ '^(welcome|password_notice)_' order by 1`,
  )
  return rows.map(({ line }) => line)
}

const [ann, bob, cid] = [1, 2, 3].map(idOf)

t.test(
  'Every writer of an event enqueues its task, also of an older version of the event',
  async (t) => {
    await db.query(`insert into log.user_registered_0 values ($1, 'a@example.com', 'x')`, [ann])
    const data = { id: bob, email: 'b@example.com', password_hash: 'x', username: 'bob' }
    const event = { stream_id: bob, stream_version: 1, type: 'user_registered_1', data }
    const service = await connect(t, url)
    await service.query('set role epistle_service')
    await service.query('select log.append($1)', [JSON.stringify([{ events: [event] }])])
    await db.query('insert into log.password_changed_2 values ($1, $2, $3)', [idOf(9), ann, 'y'])
    t.strictSame(await tasks(), [
      `${notice} because of password_changed_2 of ${ann}`,
      `${welcome} because of user_registered_0 of ${ann}`,
      `${welcome} because of user_registered_1 of ${bob}`,
    ])
  },
)

t.test('An event that is refused or rolled back leaves no task', async (t) => {
  const before = await tasks()
  const taken = `insert into log.user_registered_1 values ($1, 'A@example.com', 'x', 'cid')`
  await t.rejects(db.query(taken, [cid]), { code: '23505' })
  await db.query('begin')
  await db.query(`insert into log.user_registered_1 values ($1, 'c@example.com', 'x', 'cid')`, [
    cid,
  ])
  t.equal((await tasks()).length, before.length + 1)
  await db.query('rollback')
  t.strictSame(await tasks(), before)
})

t.test('Verify and rebuild enqueue no task', async (t) => {
  const before = await tasks()
  await db.query(`update read.users_2 set password_hash = 'damaged'`)
  await verify(db, dbDirectory, [], quiet)
  t.ok((await rebuild(db, dbDirectory, 'users_2', quiet)) > 0)
  t.strictSame(await tasks(), before)
})

t.test(
  'History from before process managers existed enqueues no task, nor does a new release',
  async (t) => {
    const url = await freshDatabase(t)
    await installInto(url, { to: 3 })
    const db = await connect(t, url)
    await db.query(`insert into log.user_registered_1 values ($1, 'a@example.com', 'x', 'ann')`, [
      ann,
    ])
    await installInto(url)
    t.strictSame(await tasks(db), [], 'no earlier user gets a welcome')
    await db.query(`insert into log.user_registered_0 values ($1, 'b@example.com', 'x')`, [bob])
    t.strictSame(await tasks(db), [`${welcome} because of user_registered_0 of ${bob}`])

    const releases = await copyReleases(t)
    const { rows } = await db.query<{ type: string }>(
      `select type from log.event_types
     where type not like 'user_registered_%' and type <> 'password_changed_2'`,
    )
    const others = rows.map(({ type }) => type)
    await releases.add(displayNames(releases.next, others))
    await installInto(url, { directory: releases.directory })
    t.equal((await tasks(db)).length, 1, 'the build of a read table enqueues no task')
    const newest = `user_registered_${releases.next}`
    await db.query(`insert into log.${newest} values ($1, 'c@example.com', 'x', 'cid', 'Cid')`, [
      cid,
    ])
    t.equal((await tasks(db))[1], `${welcome} because of ${newest} of ${cid}`, 'by its downcast')
  },
)

t.test('Only the newest version of a process manager reacts', async (t) => {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  const releases = await copyReleases(t)
  const next = `welcome_${releases.next}`
  await releases.add({
    [next]: `create function work.${next}_on(event log.user_registered_1) returns void
      language plpgsql as $$ begin
        perform work.add('${next}', event.position, jsonb_build_object('userId', event.id));
      end $$;`,
  })
  await installInto(url, { directory: releases.directory })
  await db.query(`insert into log.user_registered_0 values ($1, 'a@example.com', 'x')`, [ann])
  t.strictSame(await tasks(db), [`${next} because of user_registered_0 of ${ann}`])
})

t.test(
  'A new version of an event that cannot reach a process manager is refused at install',
  async (t) => {
    const releases = await copyReleases(t)
    const [n, next] = [releases.next, releases.next + 1]
    const event = (type: string) => `
    create table log.${type} (id uuid not null, recorded_at timestamptz not null,
      position bigint constraint ${type}_pkey primary key);
    call log.event_table('${type}', aggregate => 'greeting', stream => 'id');`
    await releases.write(`${n}-greetings/greeted_${n}.sql`, event(`greeted_${n}`))
    await releases.write(
      `${n}-greetings/thanks_${n}.sql`,
      `create function work.thanks_${n}_on(event log.greeted_${n}) returns void
     language plpgsql as $$ begin perform work.add('thanks_${n}', event.position, '{}'); end $$;`,
    )
    await releases.write(
      `${next}-more/greeted_${next}.sql`,
      `${event(`greeted_${next}`)}
     create function log.greeted_${next}(event log.greeted_${n}) returns log.greeted_${next}
     language sql immutable as $$ select event.id, event.recorded_at, event.position $$;`,
    )
    await t.rejects(installInto(await installedDatabase(t), { directory: releases.directory }), {
      message: `greeted_${next} needs a cast, to a type that thanks_${n} projects`,
    })
  },
)

t.test(
  'The service role adds, claims, delays and deletes tasks, and cannot rewrite them',
  async (t) => {
    const service = await connect(t, url)
    await service.query('set role epistle_service')
    await service.query(`insert into work.tasks (process, data) values ('greet_0', '{}')`)
    await service.query('select from work.tasks for update skip locked')
    await service.query('update work.tasks set due_at = now(), attempts = 1, last_error = null')
    for (const column of ['process', 'cause', 'data']) {
      const update = `update work.tasks set ${column} = null`
      await t.rejects(service.query(update), { code: '42501' }, column)
    }
    await t.rejects(service.query(`select work.add('greet_0', 1, '{}')`), { code: '42501' })
    await service.query(`delete from work.tasks where process = 'greet_0'`)
  },
)

t.test(
  'A newer machinery is installed without waiting for a session that enqueues a task',
  async (t) => {
    const releases = await copyReleases(t)
    await releases.append('machinery/04-service/2-tasks.sql', '-- another text\n')
    await db.query('begin')
    await db.query(`insert into work.tasks (process) values ('never_0')`)
    await installInto(url, { directory: releases.directory })
    const { rows } = await db.query(
      `delete from work.tasks where process = 'never_0' returning process`,
    )
    t.equal(rows.length, 1, 'the transaction continues')
    await db.query('rollback')
  },
)

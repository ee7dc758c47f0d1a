// The mark by which log.append_<type> and log.append1_<type> have the guards leave their own inserts alone: all other
// inserts of the transaction are guarded.
import t from 'tap'
import { appendAsServer, messageOf, messagesOf } from '../support/append-of-type.ts'
import { insertPlainly } from '../support/append-outcomes.ts'
import {
  type AppendRequest,
  append,
  type Event,
  messageSent,
  userRegistered,
} from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { byHand } from '../support/raw-inserts.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const [ann, bob] = [idOf(1), idOf(2)]
let last = 10_000
const message = (to = bob) => messageSent(idOf(++last), ann, to)
const oneEvent = ({ events }: AppendRequest) => events[0] as Event
const appendMessages = messagesOf(ann, bob)
const appendMessage = messageOf(ann, bob)
const forms = [appendMessages, appendMessage]
await appendAsServer(db, [userRegistered(ann), userRegistered(bob)])

t.test('Rows after such an append in one transaction are guarded', async (t) => {
  const { header, change } = byHand(db)
  const works = (append: typeof appendMessage) => [
    async () => {
      await append(db, [idOf(++last)])
      await change(ann, { position: '1', recorded_at: '2026-01-01' })
    },
    async () => {
      await append(db, [idOf(++last)])
      await header(ann, 3, 'password_changed_2')
    },
    async () => {
      const earlier = await header(ann, 2, 'password_changed_2')
      await append(db, [idOf(++last)])
      await change(ann, earlier)
    },
    async () => {
      await append(db, [idOf(++last)])
      await header(ann, 2, 'password_changed_2')
      await db.query('commit')
    },
  ]
  for (const work of forms.flatMap(works)) {
    await db.query('begin')
    await t.rejects(work(), { code: /^(LG003|LG005|LG006|23505)$/ }, `${work}`)
    await db.query('rollback')
  }
})

t.test('A forged or left mark of the function has no effect', async (t) => {
  const service = await connect(t, url)
  await service.query('set role epistle_service')
  const counted = async () =>
    (await db.query('select count(*)::int as n from read.messages_10')).rows[0].n
  const before = await counted()
  await service.query('begin')
  await service.query(`select set_config('epistle.appending', pg_current_xact_id()::text, false)`)
  t.match(await append(service, [message()]), [{ position: /^\d+$/ }])
  await service.query('commit')
  for (const mark of [
    '',
    'on',
    '1',
    `${(await db.query('select txid_current()::text as id')).rows[0].id}`,
  ]) {
    await db.query(`select set_config('epistle.appending', $1, false)`, [mark])
    await insertPlainly(db, oneEvent(message()))
  }
  await db.query('reset epistle.appending')
  t.equal(await counted(), before + 5)
  await t.rejects(
    db.query(`insert into log.events (stream_id, stream_version, type)
    values ('${ann}', 2, 'password_changed_2')`),
    { code: 'LG006' },
  )
})

t.test('A mark that a session was given has no effect in its later transactions', async (t) => {
  const { header, change } = byHand(db)
  const { rows } = await db.query(`select txid_current()::text as id`)
  for (const mark of ['on', rows[0].id]) {
    await db.query(`select set_config('epistle.appending', $1, false)`, [mark])
    await t.rejects(header(bob, 2, 'password_changed_2'), { code: 'LG006' }, mark)
    await db.query('begin')
    await header(bob, 2, 'password_changed_2')
    const skipping = change(ann, await header(ann, 2, 'password_changed_2'))
    await t.rejects(skipping, { code: 'LG005' }, mark)
    await db.query('rollback')
    t.match(await append(db, [message()]), [{ position: /^\d+$/ }], mark)
  }
  await db.query('reset epistle.appending')
})

t.test(
  'The mark is gone when the general path has refused a batch without consecutive positions',
  async (t) => {
    await db.query('begin; alter table log.events alter position set increment by 2')
    const { rows } = await appendMessages(db, [idOf(++last), idOf(++last)], [ann, bob])
    t.match(rows[0].appended.results, [{ sqlstate: '23505' }, { sqlstate: '23505' }])
    await t.rejects(insertPlainly(db, oneEvent(message(idOf(77)))), {
      message: /^no user has the recipient's id/,
    })
    await db.query('rollback')
  },
)

t.test(
  'An event that a trigger inserts within the insert of another is refused, or projected',
  async (t) => {
    const lost = () =>
      db.query(`select id from log.message_sent_3
      where id not in (select id from read.messages_10)`)
    await db.query(`
    create function public.answer() returns trigger language plpgsql security definer as $$
    begin
      if new.content = 'x' then
        insert into log.message_sent_3 (id, src_id, dst_id, content)
        values (gen_random_uuid(), new.dst_id, new.src_id, 'an answer');
      end if;
      return null;
    end $$`)
    for (const table of ['log.message_sent_3', 'read.messages_10']) {
      await db.query(`create trigger answer after insert on ${table}
      for each row execute function public.answer()`)
      for (const appended of [
        () => appendMessage(db, [idOf(++last)]),
        () => appendMessages(db, [idOf(++last)]),
        () => appendMessages(db, [idOf(++last), idOf(++last)]),
      ]) {
        if (table === 'log.message_sent_3') await t.rejects(appended(), { code: 'LG005' })
        else t.match((await appended()).rows[0].appended, { position: /^\d+$/ })
      }
      t.strictSame((await lost()).rows, [], table)
      await db.query(`drop trigger answer on ${table}`)
    }
  },
)

t.test('A savepoint that is rolled back takes the mark with it', async (t) => {
  for (const append of forms) {
    await db.query('begin; savepoint before')
    await append(db, [idOf(++last)])
    const { rows } = await db.query(`select current_setting('epistle.appending', true) as mark`)
    t.strictSame(rows, [{ mark: '' }])
    await db.query('rollback to before')
    await insertPlainly(db, oneEvent(message()))
    await db.query('commit')
  }
})

t.test('An erasure reaches the read tables, whatever marks its transaction has', async (t) => {
  await db.query('begin')
  for (const setting of ['epistle.append_lock', 'epistle.appending']) {
    await db.query('select set_config($1, pg_current_xact_id()::text, true)', [setting])
  }
  await db.query(`select log.forget($1, 'asked for it')`, [ann])
  await db.query('commit')
  const { rows } = await db.query('select id from read.departed_users_12')
  t.strictSame(rows, [{ id: ann }])
})

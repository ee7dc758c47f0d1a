// An event that is appended alone is refused after the erasure of its user: log.append1_<type> looks for the erasure
// under the append lock, in a statement that it runs anyway.
import t from 'tap'
import { appendAsServer, countCalls } from '../support/append-of-type.ts'
import { append, messageSent, sessionStarted, userRegistered } from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { backendPid, untilLockWait } from '../support/read-models/blocked-sessions.ts'

const url = await installedDatabase(t)
const db = await connect(t, url)
const [ann, bob, eve] = [idOf(1), idOf(2), idOf(3)]
await append(db, [userRegistered(ann), userRegistered(bob), userRegistered(eve)])

const accepted = { position: /^\d+$/ }
const refused = { constraint: 'erasures__not_found' }
const onlyAlone = { ofType: 0, general: 0 }
let last = 100
const message = (from: string, to: string) => messageSent(idOf(++last), from, to)
const forget = (user: string) => `select log.forget('${user}', 'asked for it')`

t.test(
  'An event alone is refused after the erasure of its user, and others are accepted',
  async (t) => {
    t.match(await appendAsServer(db, [message(ann, bob)]), [accepted])
    await db.query(forget(ann))
    const calls = countCalls(db)
    t.match(await appendAsServer(db, [message(ann, bob)]), [refused])
    t.match(await appendAsServer(db, [sessionStarted(idOf(++last), ann)]), [refused])
    t.match(await appendAsServer(db, [message(bob, eve)]), [accepted])
    t.match(calls, onlyAlone)
  },
)

t.test('A user who is erased while an event alone waits for its turn is found', async (t) => {
  const [holder, other] = [await connect(t, url), await connect(t, url)]
  // No projection refuses a session of an erased user.
  const start = () => sessionStarted(idOf(++last), eve)
  t.match(await appendAsServer(other, [start()]), [accepted])
  const [pid, calls] = [await backendPid(other), countCalls(other)]
  await holder.query('begin; select log.take_append_lock()')
  const sent = appendAsServer(other, [start()])
  await untilLockWait(db, pid, 0)
  await holder.query(`${forget(eve)}; commit`)
  t.match(await sent, [refused])
  t.match(calls, onlyAlone)
})

t.test(
  'Each function for one event looks for erased users, if its events are about users',
  async (t) => {
    const { rows } = await db.query(
      `select t.type from log.event_types t join pg_proc p on p.proname = 'append1_' || t.type
     left join log.personal_columns c on c.event_type = t.type
     where (p.prosrc ~ 'join erasures') <> (c.event_type is not null)`,
    )
    t.strictSame(rows, [])
  },
)

t.test('An expression of the person that uses the position is refused', async (t) => {
  await db.query('begin')
  await db.query(`create table log.noted_99 (id uuid, position bigint primary key, recorded_at timestamptz);
    call log.event_table('noted_99', 'note', 'id')`)
  const declared = db.query(`call log.personal('noted_99', 'case position when 0 then id end')`)
  await t.rejects(declared, { code: '42703', message: /position/ })
  await db.query('rollback')
})

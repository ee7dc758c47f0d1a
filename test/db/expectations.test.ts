// Expectations of read tables: a request names a key, such as its session, and log.append refuses the request
// under the append lock, before anything else of it, unless the table accepts the key.
import t from 'tap'
import { demote } from '../../src/platform/read-models/retire/demote.ts'
import { retire } from '../../src/platform/read-models/retire/retire.ts'
import { appendAsServer } from '../support/append-of-type.ts'
import {
  append,
  inSession,
  messageSent,
  passwordChanged,
  sessionEnded,
  sessionStarted,
  userRegistered,
} from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { installInto } from '../support/installed.ts'
import { copyWithNextSessions } from '../support/read-models/next-sessions.ts'
import { accepted, ended, sessionsOfAnn } from '../support/sessions-of-ann.ts'

const { url, db, ann, bob, newId, message, started } = await sessionsOfAnn(t)

t.test('A request is refused once its session has ended, and others are appended', async (t) => {
  const [session, other] = [await started(), await started()]
  t.match(await append(db, [inSession(session, message())]), [accepted])
  await append(db, [sessionEnded(session, ann)])
  const requests = [session, other, newId(), other].map((id) => inSession(id, message()))
  t.match(await append(db, [...requests, message()]), [ended, accepted, ended, accepted, accepted])
})

t.test('The end of a session comes before any other reason to refuse its request', async (t) => {
  const session = newId()
  const [first] = message().events
  const requests = {
    'a recipient who blocks': message(bob),
    'an unknown recipient': message(newId()),
    'a version that is taken': passwordChanged(ann, 1),
    'a value that is missing': userRegistered(newId(), { email: null }),
    'several events': { events: [...(first ? [first] : []), ...message(bob).events] },
  }
  for (const [reason, request] of Object.entries(requests)) {
    t.match(await append(db, [inSession(session, request)]), [ended], reason)
    const [result] = await append(db, [request])
    t.notMatch(result, ended, `${reason}, without the expectation`)
    const expects = [{ stream_id: bob, version: 9 }, ...(inSession(session, request).expects ?? [])]
    t.match(await append(db, [{ ...request, expects }]), [ended], `${reason}, another version`)
  }
})

t.test('A session that has expired by now is refused', async (t) => {
  const session = await started(new Date(Date.now() - 1).toISOString())
  t.match(await append(db, [inSession(session, message())]), [ended])
})

t.test('The end of a session counts for the requests after it in its batch', async (t) => {
  const [session, second, third] = [await started(), await started(), await started()]
  // Events of one type, which could be written together.
  const ends = [
    inSession(session, sessionEnded(second, ann)),
    inSession(second, sessionEnded(third, ann)),
  ]
  t.match(await append(db, ends), [accepted, ended])
  const results = await append(db, [
    inSession(session, message()),
    inSession(third, message()),
    inSession(session, sessionEnded(session, ann)),
    inSession(session, message()),
  ])
  t.match(results, [accepted, accepted, accepted, ended])
  const change = inSession(third, passwordChanged(ann, 2))
  t.match(await append(db, [change, inSession(third, message())]), [accepted, ended])
})

t.test('An expectation of a table that cannot be asked fails the call', async (t) => {
  const expecting = (read_table: string) => [
    { ...message(), expects: [{ read_table, key: newId() }] },
  ]
  const notLive = { code: 'LG008', message: /read table nothing_3, which is not live/ }
  await t.rejects(append(db, expecting('nothing_3')), notLive)
  const mute = { code: 'LG008', message: /read table users_2, .* users_2_expects\(uuid\[\]\)/ }
  await t.rejects(append(db, expecting('users_2')), mute)
  await db.query(`update read.tables set state = 'building' where name = 'sessions_10'`)
  await t.rejects(append(db, expecting('sessions_10')), { code: 'LG008' })
  await db.query(`update read.tables set state = 'live' where name = 'sessions_10'`)
})

t.test(
  'The functions of a type expect nothing of null keys, and need a table for others',
  async (t) => {
    const ofSeveral = (keys: readonly (string | null)[]) =>
      db.query(
        `select log.append_message_sent_3(array[null::uuid], '{1}', array['{}'::jsonb], null, $1,
         array[$2::uuid], array[$3::uuid], array[$3::uuid], '{x}') as appended`,
        [keys, newId(), ann],
      )
    const { rows } = await ofSeveral([null])
    t.match(rows, [{ appended: { results: [accepted] } }])
    const noTable = { code: 'LG008', message: /key of read table null, which is not live/ }
    await t.rejects(ofSeveral([newId()]), noTable)
    const ofOne = `select log.append1_message_sent_3(null, 1, '{}', null, $1, $2, $3, $3, 'x')`
    await t.rejects(db.query(ofOne, [newId(), newId(), ann]), noTable)
  },
)

t.test(
  'A demoted table is asked as before, and a retired one is no longer there to ask',
  async (t) => {
    const releases = await copyWithNextSessions(t)
    await installInto(url, { directory: releases.directory })
    const start = sessionStarted(idOf(9001), ann)
    const send = (n: number) => inSession(idOf(9001), messageSent(idOf(n), ann, ann))
    const end = sessionEnded(idOf(9001), ann)
    const sendAlone = (n: number) =>
      appendAsServer(db, [inSession(idOf(9010), messageSent(idOf(n), ann, ann))])
    t.match(await append(db, [sessionStarted(idOf(9010), ann)]), [accepted])
    t.match(await sendAlone(9013), [accepted])
    // Demote makes again what log.append asks, as the view selects from another table than before.
    await db.query(`create or replace function log.changes_expected(p_type text) returns boolean
    language sql immutable as 'select false'`)
    await demote(db, releases.directory, 'sessions_10', () => undefined)
    t.match(await append(db, [start, send(9002), end, send(9003)]), [
      accepted,
      accepted,
      accepted,
      ended,
    ])
    t.match(await sendAlone(9011), [accepted])
    await retire({
      client: db,
      directory: releases.directory,
      tables: ['sessions_10'],
      say: () => undefined,
    })
    await t.rejects(append(db, [send(9004)]), { code: 'LG008', message: /which is not live/ })
    await t.rejects(sendAlone(9012), { code: 'LG008', message: /which is not live/ })
    t.match(await appendAsServer(db, [message()]), [accepted])
    const { rows } = await db.query(
      `select from pg_proc where proname in ('sessions_10_expects', 'sessions_10_accepts')`,
    )
    t.equal(rows.length, 0, 'its functions are dropped')
  },
)

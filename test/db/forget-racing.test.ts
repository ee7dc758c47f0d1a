// Users are erased while eight connections write about them. Every event before the erasure of its user is blanked, none
// twice, and every read table equals its replay.
import t from 'tap'
import {
  append,
  messageSent,
  passwordChanged,
  sessionStarted,
  userRegistered,
} from '../support/append-requests.ts'
import { idOf } from '../support/ids.ts'
import { connect } from '../support/installed.ts'
import { randomness } from '../support/racing-writers.ts'
import { damagedTables } from '../support/read-models/agreement.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'

const url = await stepwiseDatabase(t)
const db = await connect(t, url)
const users = Array.from({ length: 10 }, (_, n) => idOf(n + 1))
const departing = users.slice(0, 5)
await append(
  db,
  users.map((id) => userRegistered(id)),
)

/** Writes batches of a message, a session and a change of password of random users. */
async function write(writer: number): Promise<void> {
  const client = await connect(t, url)
  const random = randomness(writer)
  const anyUser = () => users[Math.floor(random() * users.length)] ?? idOf(0)
  for (let n = 1; n <= 60; n += 1) {
    const [id, user] = [idOf(writer * 1000 + n), anyUser()]
    const { rows } = await client.query(
      'select max(stream_version)::int as version from log.events where stream_id = $1',
      [user],
    )
    await append(client, [
      messageSent(id, user, anyUser()),
      sessionStarted(id.replace(/^0/, 'a'), user),
      passwordChanged(user, rows[0].version + 1, id),
    ])
  }
}

async function forgetAll(): Promise<void> {
  const client = await connect(t, url)
  for (const user of departing) {
    await client.query('select pg_sleep(0.05)')
    await client.query(`select log.forget($1, 'a race')`, [user])
  }
}

await Promise.all([forgetAll(), ...[1, 2, 3, 4, 5, 6, 7, 8].map(write)])

t.test('Every event before the erasure of its user is blanked, and no other one', async (t) => {
  for (const [table, person, isBlank] of [
    ['user_registered_1', 'id', `password_hash = '*'`],
    ['password_changed_2', 'user_id', `password_hash = '*'`],
    ['session_started_0', 'user_id', 'octet_length(token_hash) = 8'],
    ['message_sent_3', 'src_id', `content = ''`],
  ] as const) {
    const { rows } = await db.query(
      `select count(*)::int as events from log.${table} event
       left join log.erasures erasure on erasure.user_id = event.${person}
       where (${isBlank}) <> coalesce(event.position < erasure.position, false)`,
    )
    t.strictSame(rows, [{ events: 0 }], table)
  }
})

t.test('No message is sent to or by a departed user after the erasure', async (t) => {
  const { rows } = await db.query(
    `select count(*)::int as messages from log.message_sent_3 m
     join log.erasures e on e.user_id in (src_id, dst_id) and e.position < m.position`,
  )
  t.strictSame(rows, [{ messages: 0 }])
})

t.test('Every read table equals its replay after erasures beside writers', async (t) => {
  t.equal((await db.query('select from log.erasures')).rowCount, departing.length)
  t.strictSame(await damagedTables(db), [])
})

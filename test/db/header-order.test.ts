// The order of headers, for sessions that give positions and times themselves: they only grow, and do not
// run ahead of the sequence and the clock. Each broken rule has its own message.
import t from 'tap'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { byHand } from '../support/raw-inserts.ts'

const db = await connect(t, await installedDatabase(t))
const { register } = byHand(db)

const times: [title: string, work: () => Promise<unknown>, message: RegExp][] = [
  [
    'a time before that of the previous header',
    async () =>
      db.query(
        `insert into log.events (stream_id, stream_version, type, recorded_at)
         values ($1, 2, 'password_changed_2', '2000-01-01')`,
        [await register()],
      ),
    /^recorded_at 2000-.* is before that of the header before it/,
  ],
  [
    'a time ahead of the clock',
    async () =>
      db.query(
        `insert into log.events (stream_id, stream_version, type, recorded_at)
         values ($1, 2, 'password_changed_2', now() + interval '1 hour')`,
        [await register()],
      ),
    /is ahead of the clock$/,
  ],
  [
    'headers of one statement whose times go back',
    async () =>
      db.query(
        `insert into log.events (stream_id, stream_version, type, recorded_at)
         values ($1, 2, 'password_changed_2', now() + interval '1 hour'),
           ($1, 3, 'password_changed_2', now())`,
        [await register()],
      ),
    /^within one statement, a header .* has an earlier recorded_at$/,
  ],
]

for (const [title, work, message] of times) {
  t.test(`The log refuses ${title}`, async (t) => {
    await t.rejects(work(), { code: 'LG005', message })
  })
}

for (const offset of [-1, 1, 1000]) {
  t.test(`The log refuses a header ${offset} from the last position`, async (t) => {
    const user = await register()
    await t.rejects(
      db.query(
        `insert into log.events (position, stream_id, stream_version, type)
         select max(position) + $2, $1, 2, 'password_changed_2' from log.events`,
        [user, offset],
      ),
      offset < 0
        ? { code: /^(23505|LG005)$/ }
        : { code: 'LG005', message: /was not drawn from log.events_position_seq$/ },
    )
  })
}

t.test('The log refuses a header in a gap that a rollback left in the positions', async (t) => {
  const { rows } = await db.query(`select nextval('log.events_position_seq') as gap`)
  await db.query(`insert into log.user_registered_0 values ($1, 'gap@x.org', 'x')`, [idOf(7000)])
  await t.rejects(
    db.query(
      `insert into log.events (position, stream_id, stream_version, type)
       values ($1, $2, 1, 'user_registered_1')`,
      [rows[0].gap, idOf(7001)],
    ),
    { code: 'LG005', message: /is not after position \d+, which the log has reached$/ },
  )
})

const empty: [position: number, message: RegExp][] = [
  [0, /^position 0 of a header is below 1, the first position$/],
  [1, /^position 1 of a header was not drawn from log.events_position_seq$/],
]
for (const [position, message] of empty) {
  t.test(`The log refuses a given position ${position} while it is empty`, async (t) => {
    const client = await connect(t, await installedDatabase(t))
    await t.rejects(
      client.query(
        `insert into log.events (position, stream_id, stream_version, type)
         values ($1, $2, 1, 'user_registered_1')`,
        [position, idOf(1)],
      ),
      { code: 'LG005', message },
    )
  })
}

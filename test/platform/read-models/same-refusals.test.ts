// A constraint that rejects an event live rejects it on replay by the same name: for every read table alone,
// in runs of one and in long ones, whichever client wrote the event.

import type { ClientBase } from 'pg'
import t from 'tap'
import {
  append,
  messageSent,
  passwordChanged,
  sessionStarted,
  userBlocked,
  userRegistered,
} from '../../support/append-requests.ts'
import { idOf } from '../../support/ids.ts'
import { connect } from '../../support/installed.ts'
import { liveTables } from '../../support/read-models/contents.ts'
import { stepwiseDatabase } from '../../support/stepwise-database.ts'

const db = await connect(t, await stepwiseDatabase(t))
const [ann, bob] = [idOf(1), idOf(2)]
const unknown = idOf(404)
await append(db, [
  userRegistered(ann, { email: 'Ann@example.com', username: 'ann' }),
  userRegistered(bob, { email: 'bob@example.com', username: 'bob' }),
  sessionStarted(idOf(10), ann),
  passwordChanged(bob, 2),
  messageSent(idOf(21), bob, ann),
  userBlocked(idOf(11), ann, bob),
])

/** Events that must be rejected: their SQL, the problem, and the tables whose constraint rejects them. */
const cases: readonly [title: string, sql: string, problem: string, by: readonly string[]][] = [
  [
    'an address that is taken',
    `insert into log.user_registered_0 values ('${idOf(20)}', 'ANN@example.com', 'x')`,
    'email_taken',
    ['users_0', 'users_1', 'users_2'],
  ],
  [
    'a username that is taken',
    `insert into log.user_registered_1 values ('${idOf(20)}', 'new@example.com', 'x', 'ann')`,
    'username_taken',
    ['users_1', 'users_2'],
  ],
  [
    'a changed password of an unknown user',
    `insert into log.password_changed_2 values ('${idOf(20)}', '${unknown}', 'x')`,
    'user_unknown',
    ['users_0', 'users_1', 'users_2'],
  ],
  [
    'a session of an unknown user',
    `insert into log.session_started_0 values ('${idOf(20)}', '${unknown}', '\\x01', '2040-01-01')`,
    'user_unknown',
    ['sessions_0', 'sessions_2', 'sessions_10'],
  ],
  [
    'a token that is taken',
    `insert into log.session_started_0
       select '${idOf(20)}', '${bob}', token_hash, '2040-01-01' from log.session_started_0`,
    'token_taken',
    ['sessions_0', 'sessions_2', 'sessions_10'],
  ],
  [
    'the end of a session of another user',
    `insert into log.session_ended_0 values ('${idOf(10)}', '${bob}')`,
    'not_found',
    ['sessions_0', 'sessions_2', 'sessions_10'],
  ],
  [
    'a message to an unknown user',
    `insert into log.message_sent_3 values ('${idOf(20)}', '${ann}', '${unknown}', 'x')`,
    'recipient_unknown',
    ['messages_10', 'messages_3', 'messages_5'],
  ],
  [
    'a message to a user who has blocked the sender',
    `insert into log.message_sent_3 values ('${idOf(20)}', '${bob}', '${ann}', 'x')`,
    'blocked',
    ['blocks_12', 'blocks_17', 'blocks_6'],
  ],
  [
    'an edit of a message whose recipient has blocked the sender since',
    `insert into log.message_edited_5
     values ('${idOf(22)}', '${idOf(21)}', '${bob}', '${ann}', 'x')`,
    'blocked',
    ['blocks_12', 'blocks_17', 'blocks_6'],
  ],
  [
    'a message from an unknown user',
    `insert into log.message_sent_3 values ('${idOf(20)}', '${unknown}', '${ann}', 'x')`,
    'sender_unknown',
    ['messages_10', 'messages_3', 'messages_5'],
  ],
  [
    'a message between two unknown users',
    `insert into log.message_sent_3 values ('${idOf(20)}', '${unknown}', '${unknown}', 'x')`,
    'sender_unknown',
    ['messages_10', 'messages_3', 'messages_5'],
  ],
  [
    'messages of which the first has an unknown recipient, and the second an unknown sender',
    `insert into log.message_sent_3 values
       ('${idOf(20)}', '${ann}', '${bob}', 'x'), ('${idOf(23)}', '${ann}', '${unknown}', 'x'),
       ('${idOf(24)}', '${unknown}', '${ann}', 'x')`,
    'recipient_unknown',
    ['messages_10', 'messages_3', 'messages_5'],
  ],
]

/** The constraint that rejects a statement, undefined where none does. The statement is rolled back. */
async function rejectingConstraint(client: ClientBase, sql: string): Promise<string | undefined> {
  await client.query('savepoint attempt')
  const constraint = await client.query(sql).then(
    () => undefined,
    ({ schema, table, constraint, code }) => {
      t.match(
        { schema, table, code },
        { schema: 'read', table: constraint.split('__')[0], code: /^23/ },
      )
      return constraint as string
    },
  )
  await client.query('rollback to savepoint attempt')
  return constraint
}

/** Makes these tables the only live ones, so that events are projected into them alone. */
async function makeLive(client: ClientBase, tables: readonly string[]): Promise<void> {
  await client.query(
    `update read.tables set state = case when name = any ($1) then 'live' else 'retiring' end`,
    [tables],
  )
}

const tables = await liveTables(db)
for (const [title, sql, problem, by] of cases) {
  t.test(`A replay rejects the same as live: ${title}`, async (t) => {
    for (const table of tables) {
      const expected = by.includes(table) ? `${table}__${problem}` : undefined
      await db.query('begin')
      await makeLive(db, [table])
      t.equal(await rejectingConstraint(db, sql), expected, `${table}, live`)
      await makeLive(db, [])
      const { rows } = await db.query('select max(position) as head from log.events')
      await db.query(sql)
      for (const run of [1, 1_000]) {
        const replay = `select read.${table}_replay(${rows[0].head}, ${rows[0].head} + 1000, ${run})`
        t.equal(
          await rejectingConstraint(db, replay),
          expected,
          `${table}, replayed in runs of ${run}`,
        )
      }
      await db.query('rollback')
    }
  })
}

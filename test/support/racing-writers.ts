// Writers of every kind, each on its own connection: batches through log.append, single events of one type through
// log.append_<type>, plain inserts, header and row in one statement. Some roll back.
import type { ClientBase } from 'pg'
import { appendAsServer } from './append-of-type.ts'
import {
  append,
  messageSent,
  passwordChanged,
  sessionStarted,
  userBlocked,
  userRegistered,
} from './append-requests.ts'
import { idOf } from './ids.ts'

/** Deterministic randomness, 0 <= x < 1: mulberry32. */
export function randomness(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Writes so many times, in ways chosen at random; all writers share `users`. */
export async function write(
  client: ClientBase,
  writer: number,
  times: number,
  users: string[],
): Promise<void> {
  const random = randomness(writer)
  const anyUser = (): string => users[Math.floor(random() * users.length)] ?? idOf(0)
  for (let n = 0; n < times; n++) {
    const id = idOf(writer * 1000 + n)
    const way = ways[Math.floor(random() * ways.length)] as Way
    await client.query('begin')
    await way(client, id, anyUser(), anyUser())
    // A rollback leaves a gap in the positions, and nothing else.
    await client.query(random() < 0.2 ? 'rollback' : 'commit')
  }
}

type Way = (client: ClientBase, id: string, user: string, other: string) => Promise<unknown>

const ways: Way[] = [
  // A batch in which the recipient or the version may be refused.
  async (client, id, user, other) => {
    const { rows } = await client.query(
      'select max(stream_version) as version from log.events where stream_id = $1',
      [user],
    )
    return append(client, [
      messageSent(id, user, other),
      userRegistered(id, { email: `${id}@two.example.com` }),
      passwordChanged(user, rows[0].version + 1, id),
    ])
  },
  (client, id) => append(client, [userRegistered(id), sessionStarted(id.replace(/^0/, 'a'), id)]),
  (client, id) =>
    client.query(
      `insert into log.user_registered_0 (id, email, password_hash)
       values ($1, $2, 'plain'), ($3, $4, 'plain')`,
      [id, `${id}@example.com`, id.replace(/^0/, 'b'), `b${id}@example.com`],
    ),
  (client, id, user, other) =>
    client.query('insert into log.message_sent_3 values ($1, $2, $3, $4)', [
      id,
      user,
      other,
      'plain',
    ]),
  (client, id) =>
    client.query(
      `with h as (
         insert into log.events (stream_id, stream_version, type)
         values ($1, 1, 'user_registered_1') returning position, recorded_at)
       insert into log.user_registered_1 (id, email, password_hash, recorded_at, position)
       select $1, $2, 'one statement', recorded_at, position from h`,
      [id, `${id}@example.com`],
    ),
  (client, id, user) =>
    client.query('insert into log.password_changed_2 values (gen_random_uuid(), $1, $2)', [
      user,
      id,
    ]),
  // A new user, who receives no messages, blocks another user.
  (client, id, user) =>
    append(client, [userRegistered(id), userBlocked(id.replace(/^0/, 'c'), id, user)]),
  (client) =>
    client.query(
      `insert into log.conversation_read_4 (id, user_id, with_id, up_to, up_to_position)
       select gen_random_uuid(), dst_id, src_id, id, position from log.message_sent_3
       order by position desc limit 1`,
    ),
  (client, id) => changeNewest(client, 'edited', id),
  (client, id) => changeNewest(client, 'deleted', id),
  (client, id, user) =>
    client.query('insert into log.password_rehashed_4 values (gen_random_uuid(), $1, $2)', [
      user,
      id,
    ]),
  (client, id, user) =>
    client.query(
      `insert into log.mail_token_issued_8 (id, user_id, purpose, token_hash, expires_at)
       values ($1, $2, 'email_verification', uuid_send($1), '2040-01-01')`,
      [id, user],
    ),
  (client, id, user) =>
    client.query(`insert into log.email_verified_8 values (gen_random_uuid(), $1, $2)`, [
      user,
      `${id}@example.com`,
    ]),
  (client, id, user) =>
    client.query('insert into log.username_changed_9 values (gen_random_uuid(), $1, $2)', [
      user,
      `name-${id.slice(-12)}`,
    ]),
  // What servers send most: a message alone, a batch of them, a registration.
  (client, id, user, other) => appendAsServer(client, [messageSent(id, user, other)]),
  (client, id, user, other) =>
    appendAsServer(client, [
      messageSent(id, user, other),
      messageSent(id.replace('-4000-', '-3000-'), other, user), // before the ids of other messages
    ]),
  (client, id) => appendAsServer(client, [userRegistered(id)]),
]

/** Changes the newest unchanged message; a writer that is too late is refused. */
async function changeNewest(
  client: ClientBase,
  change: 'edited' | 'deleted',
  id: string,
): Promise<unknown> {
  const { rows } = await client.query(
    `select id as message_id, src_id, dst_id from log.message_sent_3 m
     where not exists (select from log.events where stream_id = m.id and stream_version > 1)
     order by position desc limit 1`,
  )
  if (!rows[0]) return undefined
  const data = { ...rows[0], id, ...(change === 'edited' && { content: 'edited' }) }
  const stream_id = rows[0].message_id
  return append(client, [
    { events: [{ stream_id, stream_version: 2, type: `message_${change}_5`, data }] },
  ])
}

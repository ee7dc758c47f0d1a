// The plans of a message: its connection keeps the first ones, which can have been made for empty tables. They must also
// be right for a user with many conversations and blocks.
import t from 'tap'
import { lastUnread } from '../../../src/features/conversations/queries.ts'
import { message } from '../../../src/features/messages/message.ts'
import { append } from '../../../src/platform/event-store/append.ts'
import { toAppendRequest } from '../../../src/platform/event-store/append-request.ts'
import { uuidV7 } from '../../../src/platform/event-store/uuid-v7.ts'
import { openSession } from '../../../src/platform/postgres/session.ts'
import { serviceSession } from '../../../src/service-pool.ts'
import {
  messageSent,
  append as record,
  userBlocked,
  userRegistered,
} from '../../support/append-requests.ts'
import { idOf } from '../../support/ids.ts'
import { connect, installedDatabase } from '../../support/installed.ts'

const url = await installedDatabase(t)
const owner = await connect(t, url)
const writer = await openSession(url, serviceSession, {})
t.teardown(() => writer.end())

/** The least id and the greatest, each of which has all others in its rows. */
const [least, greatest] = [idOf(0), idOf(0xffffff)]
const others = Array.from({ length: 300 }, (_, n) => idOf(n + 1))
const [first = '', second = ''] = others

/** Sends messages as a server does. */
async function send(pairs: readonly (readonly [string, string])[]): Promise<void> {
  const requests = pairs.map(([from, to]) => {
    const id = uuidV7()
    const command = { type: 'SendMessage', id, from, to, content: 'Hello' } as const
    const events = message.decide(command, message.initialState)
    const metadata = { actor: from }
    const decision = { aggregate: message, streamId: id, expectedVersion: 0, events, metadata }
    return toAppendRequest([decision], { question: lastUnread, pairs: [[from, to]] })
  })
  const { results } = await append(writer, requests)
  for (const result of results) t.ok(result && 'position' in result, 'accepted')
}

/** How many rows were read along each index and from each table that was read whole. */
async function reads(): Promise<Map<string, number>> {
  for (const client of [writer, owner]) await client.query('select pg_stat_force_next_flush()')
  const { rows } = await owner.query<{ name: string; read: number }>(
    `select relname::text as name, seq_tup_read::float8 as read from pg_stat_user_tables
     where schemaname = 'read' and relname <> 'tables'
     union all
     select indexrelname, idx_tup_read::float8 from pg_stat_user_indexes where schemaname = 'read'`,
  )
  return new Map(rows.map(({ name, read }) => [name, read]))
}

t.test('A message of a user with many conversations and blocks reads few rows', async (t) => {
  await record(
    owner,
    [least, greatest, ...others].map((id) => userRegistered(id)),
  )
  await owner.query('vacuum analyze') // as autovacuum may have done
  await send([[first, second]])
  await send([
    [first, second],
    [second, first],
  ])
  const ofAll = others.flatMap((other, n) => {
    const [one, two, three] = ['a', 'b', 'c'].map((letter) => idOf(n).replace(/^0/, letter))
    return [
      messageSent(`${one}`, other, least),
      messageSent(`${two}`, other, greatest),
      ...(n > 1 ? [userBlocked(`${three}`, n % 2 ? least : greatest, other)] : []),
    ]
  })
  await record(owner, ofAll)
  const before = await reads()
  const single = [
    [first, greatest],
    [second, least],
    [greatest, first],
    [least, second],
  ] as const
  for (const pair of single) await send([pair])
  await send(single.slice(0, 2))
  const after = await reads()
  const many = [...after].filter(([name, read]) => read - (before.get(name) ?? 0) > 50)
  t.strictSame(many, [])
})

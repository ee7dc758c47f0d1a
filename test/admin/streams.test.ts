// Streams on the admin port: their states, and what they hide. Each response is compared with openapi/admin.json.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { readHiddenValues } from '../../src/admin/log/hidden-values.ts'
import { readPersonalColumns } from '../../src/admin/log/masking.ts'
import { administered } from '../support/http/admin.ts'
import { idOf } from '../support/ids.ts'

type Schemas = components['schemas']

const { call, owner, arrive } = await administered(t)
const ada = await arrive('ada')

t.test('The first 10,000 events of a stream have states', async (t) => {
  const id = idOf(1)
  await owner.query(
    `insert into log.registration_repeated_9 (id, user_id)
     select $1, $2 from generate_series(1, 10060)`,
    [id, ada.user.id],
  )
  const { rows } = await owner.query(
    'select position::text from log.events where stream_id = $1 and stream_version = 9960',
    [id],
  )
  const page = async (after: string) =>
    (await call<Schemas['Stream']>(`/streams/${id}?after=${after}&limit=50`)).body
  const one = await page(rows[0].position)
  t.strictSame(
    one.items.map(({ state }) => state !== null),
    one.items.map(({ event }) => event.version <= 10_000),
  )
  const two = await page(one.nextCursor ?? '')
  t.equal(two.items.length, 50)
  t.ok(two.items.every(({ event, state }) => state === null && event.data.userId !== null))
})

t.test('The database returns each hidden value of a stream once, and no other value', async (t) => {
  await owner.query(
    `insert into log.username_changed_9 (id, user_id, username) select gen_random_uuid(), $1, name
     from unnest('{anna,berta,anna}'::text[]) name`,
    [ada.user.id],
  )
  const hidden = async (streamId: string, aggregate: string, version: number, shown = false) => {
    const personal = await readPersonalColumns(owner)
    const values = await readHiddenValues(owner, { streamId, aggregate, version }, personal, shown)
    return [...values].map(String).sort()
  }
  const { rows } = await owner.query(
    'select password_hash as hash from log.user_registered_1 where id = $1',
    [ada.user.id],
  )
  const secret = [rows[0].hash]
  t.strictSame(await hidden(ada.user.id, 'user', 1), [...secret, 'ada', 'ada@example.org'].sort())
  t.strictSame(
    await hidden(ada.user.id, 'user', 4),
    [...secret, 'ada', 'ada@example.org', 'anna', 'berta'].sort(),
  )
  t.strictSame(await hidden(ada.user.id, 'user', 4, true), secret)
  t.strictSame(await hidden(idOf(1), 'registration', 10_000), [], 'a type without such columns')
})

// Arrays in binary format: PostgreSQL reads the same values out of them as out of the text format.
import pg from 'pg'
import t from 'tap'
import { arrayParameter } from '../../../src/platform/postgres/binary-array.ts'
import { PreparedQuery } from '../../../src/platform/postgres/prepared-query.ts'
import { textArray } from '../../../src/platform/postgres/text-array.ts'
import { freshDatabase } from '../../support/database.ts'

const client = new pg.Client(await freshDatabase(t))
await client.connect()
t.teardown(() => client.end())

/** Whether PostgreSQL reads both as equal arrays of this type. */
async function areEqual(type: string, one: string | Buffer, other: string | Buffer) {
  const text = `select $1::${type}[] = $2::${type}[] and
    $1::${type}[]::text = $2::${type}[]::text as equal`
  const [row] = await new PreparedQuery(`equal ${type}`, text, [one, other]).run(client)
  return row?.equal
}

const uuids = ['00000000-0000-0000-0000-000000000000', '0123abcd-4567-89ef-fedc-ba9876543210']
const texts = ['', 'null', '"', '\\', '{},', ' é😀\u2028 ', "'", 'long '.repeat(5_000)]
const documents = ['{}', 'null', '"text"', '[1, {"a": "é\\"\\\\"}]', '{"b": 2, "a": 1, "b": 3}']

for (const [type, values] of Object.entries({ uuid: uuids, text: texts, jsonb: documents })) {
  t.test(`Arrays of ${type} are binary`, async (t) => {
    for (const each of [values, [null, ...values, null], [null], values.slice(0, 1)]) {
      const parameter = arrayParameter(type, each)
      t.type(parameter, Buffer)
      t.equal(await areEqual(type, parameter, textArray(each)), true)
    }
  })
}

t.test('Other types, and an array without elements, go as text', async (t) => {
  t.equal(arrayParameter('integer', ['1', null]), textArray(['1', null]))
  t.equal(arrayParameter('uuid', []), '{}')
})

t.test(
  'An array with a uuid in another form goes as text, as PostgreSQL accepts or refuses it',
  async (t) => {
    const [, uuid = ''] = uuids
    const others = [
      uuid.toUpperCase(),
      uuid.replaceAll('-', ''),
      `{${uuid}}`,
      uuid.replace('0', 'g'),
      uuid.replace('0', 'é'),
      uuid.replace('-', '0'),
      `${uuid}0`,
      '',
    ]
    for (const other of others) {
      t.equal(arrayParameter('uuid', [uuid, other]), textArray([uuid, other]), other)
    }
    t.equal(
      await areEqual(
        'uuid',
        arrayParameter('uuid', others.slice(0, 3)),
        textArray(Array(3).fill(uuid)),
      ),
      true,
    )
  },
)

// Timestamps as RFC 3339: the text of PostgreSQL in any zone becomes the text of a Date.
import fc from 'fast-check'
import pg from 'pg'
import t from 'tap'
import { columnTypes, toRfc3339 } from '../../../src/platform/postgres/timestamps.ts'
import { freshDatabase } from '../../support/database.ts'

t.test('toRfc3339 gives three fractional digits for any number of them', async (t) => {
  for (const [written, shown] of [
    ['2026-11-21 14:25:50.123456+00', '2026-11-21T14:25:50.123Z'],
    ['2026-11-21 14:25:50.999999+00', '2026-11-21T14:25:50.999Z'],
    ['2026-11-21 14:25:50.12+00', '2026-11-21T14:25:50.120Z'],
    ['2026-11-21 14:25:50.1+00', '2026-11-21T14:25:50.100Z'],
    ['2026-11-21 14:25:50+00', '2026-11-21T14:25:50.000Z'],
    ['2026-11-21 14:25:50.123456+05:30', '2026-11-21T08:55:50.123Z'],
    ['infinity', 'infinity'],
  ] as const) {
    t.equal(toRfc3339(written), shown, written)
  }
})

t.test('toRfc3339 formats any time in any zone as a Date does', async (t) => {
  const client = new pg.Client(await freshDatabase(t))
  await client.connect()
  t.teardown(() => client.end())
  const microseconds = fc.bigInt({ min: 0n, max: 4_102_444_800_000_000n }) // until 2100
  const instants = fc.sample(
    microseconds.chain((n) => fc.constantFrom(n, n - (n % 1000n), n - (n % 1_000_000n))),
    300,
  )
  for (const zone of ['UTC', 'America/New_York', 'Asia/Kathmandu']) {
    await client.query(`set timezone = '${zone}'`)
    const { rows } = await client.query({
      text: `select 'epoch'::timestamptz + n * interval '1 microsecond' as at
             from unnest($1::bigint[]) with ordinality as x(n, i) order by i`,
      values: [instants.map(String)],
      types: columnTypes,
    })
    const expected = instants.map((n) => new Date(Number(n / 1000n)).toISOString())
    t.same(
      rows.map(({ at }) => at),
      expected,
      zone,
    )
  }
})

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
    ['infinity', '9999-12-31T23:59:59.999Z'],
    ['-infinity', '0001-01-01T00:00:00.000Z'],
    ['294276-12-31 23:59:59.999999+00', '9999-12-31T23:59:59.999Z'],
    ['275760-09-13 00:00:01+00', '9999-12-31T23:59:59.999Z'],
    ['10000-01-01 00:00:00.12345+00', '9999-12-31T23:59:59.999Z'],
    ['10000-01-01 05:45:00+05:45', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31 23:59:59.999999-05', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31 23:59:59.999999+00', '9999-12-31T23:59:59.999Z'],
    ['0044-03-15 12:00:00.5+00', '0044-03-15T12:00:00.500Z'],
    ['0001-01-01 00:00:00+05:45', '0001-01-01T00:00:00.000Z'],
    ['4714-11-24 00:00:00+00 BC', '0001-01-01T00:00:00.000Z'],
    ['Sat 21 Nov 14:25:50 2026 UTC', 'Sat 21 Nov 14:25:50 2026 UTC'],
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

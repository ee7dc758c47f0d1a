// The grammar of RFC 3339, 5.6, and the examples of 5.8.
import t from 'tap'
import { parseRfc3339 } from '../../src/platform/rfc3339.ts'

const parsed = (text: string) => parseRfc3339(text)?.toISOString()

t.test('Every form of a date-time is parsed', (t) => {
  for (const [text, instant] of [
    ['1985-04-12T23:20:50.52Z', '1985-04-12T23:20:50.520Z'],
    ['1996-12-19T16:39:57-08:00', '1996-12-20T00:39:57.000Z'],
    ['1937-01-01T12:00:27.87+00:20', '1937-01-01T11:40:27.870Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00-00:00', '2026-01-31T12:00:00.000Z'],
    [`2026-01-31T12:00:00.${'9'.repeat(500)}Z`, '2026-01-31T12:00:00.999Z'],
    ['2024-02-29T23:59:59+23:59', '2024-02-29T00:00:59.000Z'],
    ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
    ['0099-12-31T00:00:00Z', '0099-12-31T00:00:00.000Z'],
    ['9999-12-31T23:59:59-23:59', '+010000-01-01T23:58:59.000Z'],
  ] as const) {
    t.equal(parsed(text), instant, text)
  }
  t.end()
})

t.test('A leap second is the first second of the next day, and exists only there', (t) => {
  t.equal(parsed('1990-12-31T23:59:60Z'), '1991-01-01T00:00:00.000Z')
  t.equal(parsed('1990-12-31T15:59:60.25-08:00'), '1991-01-01T00:00:00.250Z')
  for (const none of [
    '1990-12-30T23:59:60Z',
    '1990-12-31T23:58:60Z',
    '1990-12-31T23:59:60+01:00',
  ]) {
    t.equal(parsed(none), undefined, none)
  }
  t.end()
})

t.test('Anything else is no date-time', (t) => {
  const date = ['2026-02-29', '2026-13-01', '2026-00-01', '2026-01-00', '26-01-01', '12026-01-01']
  const time = ['24:00:00', '12:60:00', '12:00:61', '12:00', '12:00:00.', '12:00:00,5']
  const zone = ['', '+01', '+0100', '+24:00', '+01:60', ' Z', 'ZZ', 'Z\n', 'UTC']
  for (const text of [
    ...date.map((date) => `${date}T00:00:00Z`),
    ...time.map((time) => `2026-01-01T${time}Z`),
    ...zone.map((zone) => `2026-01-01T00:00:00${zone}`),
    ...['2026-01-01 00:00:00Z', '2026-01-01', '', '２026-01-01T00:00:00Z'],
  ]) {
    t.equal(parsed(text), undefined, text)
  }
  t.end()
})

// The meaning of DATABASE_URL: that of libpq (PostgreSQL, section 34.1.1.2), with TLS as pg understands it.
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { isDatabaseUrl, parseDatabaseUrl } from '../../../src/platform/postgres/database-url.ts'

const ada = { user: 'ada', host: 'h', database: 'db' }

t.test('A DATABASE_URL means what libpq makes of it', async (t) => {
  const urls = {
    'postgres://ada@h:5433/db': { ...ada, port: 5433 },
    'POSTGRESQL://ada@h/db': ada,
    'postgresql://ada:pw@/db?host=/dir': { ...ada, password: 'pw', host: '/dir' },
    'postgres:///db?host=/dir&user=ada': { ...ada, host: '/dir' },
    'postgres://ada@%2Fvar%2Frun:5433/db': { ...ada, host: '/var/run', port: 5433 },
    'postgres://ada@[::1]/db': { ...ada, host: '::1' },
    'postgres://ada@h': { user: 'ada', host: 'h' },
    'postgres://ada@h?dbname=db': ada,
    ' postgres://ada@h/db\n': ada,
    'postgres://ada:100%@h/db': { ...ada, password: '100%' },
    'postgres://ada:%zz%2F%41@h/db': { ...ada, password: '%zz/A' },
    'postgres://ada:a b?c#d:e@h/db': { ...ada, password: 'a b?c#d:e' },
    'postgres://ada:%C3%A9%40@h/db': { ...ada, password: 'é@' },
    'postgres://ada@h/a%23b%2Fc%2523': { ...ada, database: 'a#b/c%23' },
    'postgres://ada@h/db?options=-c%20work_mem%3D5MB': { ...ada, options: '-c work_mem=5MB' },
    'postgres://ada@h/db?sslmode=disable': { ...ada, ssl: false },
    'postgres://ada@h/db?sslmode=verify-full': { ...ada, ssl: {} },
  }
  for (const [url, address] of Object.entries(urls)) {
    t.same(parseDatabaseUrl(url), address, url)
    t.equal(loadConfig({ DATABASE_URL: url }).databaseUrl, url.trim())
  }
})

t.test('A DATABASE_URL does not change how our connections behave', async (t) => {
  const url = 'postgres://ada@h/db?application_name=x&query_timeout=1&stream=1&max=1&types=x'
  t.strictSame({ ...parseDatabaseUrl(url) }, ada)
})

t.test(
  'A DATABASE_URL that cannot be parsed is refused, and its password is not printed',
  async (t) => {
    const urls = [
      'postgres://ada:sesame%aa@h/db',
      'postgres://ada:12/sesame@h/db',
      'postgres://ada:sesame/12@h/db',
      'postgres://ada:sesame\n@h/db',
      'postgres://ada:sesame@h:70000/db',
      'postgres://ada:sesame@h:1,i:2/db',
      'postgres://ada:sesame@h/db#sesame',
      'postgres://ada:sesame@h/db?port=none',
      'mysql://ada:sesame@h/db',
      'postgres:sesame',
      'sesame',
    ]
    for (const url of urls) {
      t.notOk(isDatabaseUrl(url), url)
      const refused = () => parseDatabaseUrl(url)
      t.throws(refused, {
        name: 'DatabaseUrlError',
        message: /not a valid URL; expected postgres:/,
      })
      const invalid = () => loadConfig({ DATABASE_URL: url })
      t.throws(invalid, { message: /DATABASE_URL is not a valid URL; expected postgres:/ })
      for (const fails of [refused, invalid]) {
        t.notMatch(await Promise.resolve().then(fails).catch(String), /sesame/, url)
      }
    }
    t.throws(() => parseDatabaseUrl('postgres://ada@h,i/db'), { message: /several hosts/ })
  },
)

t.test('A certificate file that cannot be read is named in the error', async (t) => {
  const url = 'postgres://ada@h/db?sslmode=verify-full&sslrootcert=/none.pem'
  t.ok(isDatabaseUrl(url))
  t.throws(() => parseDatabaseUrl(url), { message: /cannot read a certificate.*none\.pem/ })
})

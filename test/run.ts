// The program behind `npm test`. It runs every test, or the files given, on the PostgreSQL of
// DATABASE_URL (whose role must be able to create databases) or on a temporary embedded one.
// It ends with one line, `N passed, N failed`, exits 0 only if all passed, and leaves nothing behind.
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres/embedded-postgres.ts'
import { parseDatabaseUrl } from '../src/platform/postgres/database-url.ts'
import { readArguments, usage, type Wanted } from './support/runner/arguments.ts'
import { listData } from './support/runner/data-folder.ts'
import { describeLongest, describeOutcome, sum } from './support/runner/report.ts'
import { type Outcome, runFiles } from './support/runner/run-files.ts'
import { serverFolder } from './support/runner/server-folder.ts'

const checkout = join(import.meta.dirname, '..')

// A signal is forwarded to the running files, or keeps them from starting. Clean-up happens in both cases.
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stop.abort(signal))
}

// A closed output (`npm test | head`) must not prevent the clean-up.
process.stdout.on('error', () => {})

const wanted = await readArguments(process.argv.slice(2))
if (wanted === usage) print(usage)
else if (typeof wanted === 'string') {
  process.stderr.write(`${wanted}\n\n${usage}\n`)
  process.exitCode = 2
} else process.exitCode = await testAll(wanted)

async function testAll(wanted: Wanted): Promise<number> {
  const scratch = await mkdtemp(join(await serverFolder(), 'epistle-test-'))
  await chmod(scratch, 0o711) // started by root, the server runs as another account and must be able to enter
  try {
    const server = process.env.DATABASE_URL
      ? givenServer(process.env.DATABASE_URL)
      : await temporaryServer(scratch)
    try {
      return await runTests(server.url, wanted)
    } finally {
      await server.remove()
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The server of a DATABASE_URL, as a URL with an authority, in which helpers replace the database. */
function givenServer(given: string): { url: string; remove: () => Promise<void> } {
  const { host = '', port, user = '', password, database = '' } = parseDatabaseUrl(given)
  const login = [user, ...(typeof password === 'string' ? [password] : [])].map(encodeURIComponent)
  const [parameters = ''] = /\?.*/.exec(given.trim()) ?? []
  // A host among the parameters wins; beside it, pg takes that of the authority for a part of the path.
  const place = /[?&]host=/.test(parameters)
    ? 'localhost'
    : encodeURIComponent(host) + (port ? `:${port}` : '')
  const url = `postgres://${login.join(':')}@${place || 'localhost'}/${encodeURIComponent(database)}${parameters}`
  return { url, remove: () => dropTemplates(url) }
}

/** Removes the template databases from a server that is not ours; each test drops its own database. */
async function dropTemplates(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(
    `select quote_ident(datname) as name from pg_database where datname like 'epistle\\_template\\_%'`,
  )
  for (const { name } of rows) await client.query(`drop database if exists ${name}`)
  await client.end()
}

async function temporaryServer(
  scratch: string,
): Promise<{ url: string; remove: () => Promise<void> }> {
  const directory = join(scratch, 'postgres')
  const server = await startEmbeddedPostgres({
    directory,
    exclusive: true,
    say: () => {},
    // Its data is temporary, so nothing must reach the disk, and the log need not be kept, which may take memory. Test
    // files open many pools side by side.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      min_wal_size: '128MB',
      max_wal_size: '512MB',
      max_connections: '200',
    },
  })
  const actual = await realpath(directory) // another path if the system user cannot enter tmpdir()
  const remove = async (): Promise<void> => {
    await server.close()
    await rm(actual, { recursive: true, force: true, maxRetries: 3 })
  }
  return { url: server.url, remove }
}

async function runTests(url: string, { files, jobs, bail, env }: Wanted): Promise<number> {
  const { DATABASE_URL: _, ...rest } = process.env
  const before = await listData(checkout)
  const outcomes: Outcome[] = []
  await runFiles(files, {
    cwd: checkout,
    env: {
      ...rest,
      ...env,
      EPISTLE_TEST_DATABASE_URL: url,
      RATE_LIMITS: 'off',
      // Compiled modules, which all files and the next run use again.
      NODE_COMPILE_CACHE: join(checkout, 'node_modules', '.cache', 'tests'),
    },
    jobs,
    bail,
    stop: stop.signal,
    ended: (outcome) => {
      outcomes.push(outcome)
      for (const line of describeOutcome(outcome)) print(line)
    },
  })
  const written = await listData(checkout)
  const isClean = isDeepStrictEqual(before, written)
  if (!isClean) print(`not ok: a test wrote into .data of this checkout: ${written}`)
  const { passed, failed, skipped } = sum(outcomes)
  for (const line of describeLongest(outcomes)) print(line)
  if (skipped > 0) print(`skipped: ${skipped}`)
  print(`${passed} passed, ${failed + (isClean ? 0 : 1)} failed`)
  if (stop.signal.aborted) return 128 + constants.signals[stop.signal.reason as NodeJS.Signals]
  return failed > 0 || passed === 0 || !isClean ? 1 : 0
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

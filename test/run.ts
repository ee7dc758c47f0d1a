// The program behind `npm test`. It runs every test, or the files given, on the PostgreSQL of
// DATABASE_URL (whose role must be able to create databases) or on a temporary embedded one.
// It ends with tap's exit code and one line, `N passed, N failed`, and leaves nothing behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres/embedded-postgres.ts'
import { parseDatabaseUrl } from '../src/platform/postgres/database-url.ts'
import { countTests, plainLines } from './support/tap-output.ts'

const tapProgram = fileURLToPath(
  new URL('run.mjs', import.meta.resolve('tap').replace('/commonjs/', '/esm/')),
)
const files = process.argv.slice(2) // and options for tap
const checkout = join(import.meta.dirname, '..')

// A signal is forwarded to tap, or keeps it from starting. Clean-up happens in both cases.
let stopped: NodeJS.Signals | null = null
let child: ChildProcess | null = null
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopped = signal
    child?.kill(signal)
  })
}

// A closed output (`npm test | head`) must not prevent the clean-up.
process.stdout.on('error', () => {})

const scratch = await mkdtemp(join(tmpdir(), 'epistle-test-'))
await chmod(scratch, 0o711) // started by root, the server runs as another account and must be able to enter
try {
  process.exitCode = await testAll()
} finally {
  await rm(scratch, { recursive: true, force: true })
}

async function testAll(): Promise<number> {
  const built = buildTap()
  const server = process.env.DATABASE_URL
    ? givenServer(process.env.DATABASE_URL)
    : await temporaryServer()
  try {
    await built
    return await runTests(server.url)
  } finally {
    await server.remove()
  }
}

/**
 * Builds tap without the plugin that package.json removes ("tap"); without the build the first run fails.
 * It is built only once, because a second build would break another run in the same checkout.
 */
async function buildTap(): Promise<void> {
  const built = import.meta.resolve('@tapjs/test/test-built').replace('/commonjs/', '/esm/')
  const text = await readFile(fileURLToPath(built), 'utf8').catch(() => '')
  if (text === '' || text.includes('@tapjs/typescript'))
    await runTap(['build'], process.env, 'ignore')
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

async function temporaryServer(): Promise<{ url: string; remove: () => Promise<void> }> {
  const directory = join(scratch, 'postgres')
  const server = await startEmbeddedPostgres({
    directory,
    exclusive: true,
    say: () => {},
    // Its data is temporary, so nothing must reach the disk. Test files open many pools side by side.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
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

async function runTests(url: string): Promise<number> {
  const { DATABASE_URL: _, ...rest } = process.env
  const env = { ...rest, EPISTLE_TEST_DATABASE_URL: url, RATE_LIMITS: 'off' }
  const { code, tap } = await (process.stdout.isTTY ? runOnTerminal(env) : runPlainly(env))
  const { passed, failed, skipped, empty } = countTests(tap)
  for (const name of empty) print(`asserts nothing: ${name}`)
  // A run that broke without a failed test, or ran no test, must not look like a success.
  const failures = code !== 0 && failed === 0 ? 1 : failed
  if (skipped > 0) print(`skipped: ${skipped}`)
  print(`${passed} passed, ${failures} failed`)
  return code || (failures > 0 || passed === 0 ? 1 : 0)
}

interface Run {
  code: number
  tap: string // the output of tap, for counting
}

async function runOnTerminal(env: NodeJS.ProcessEnv): Promise<Run> {
  const output = join(scratch, 'output.tap')
  const code = await runTap(['run', `--output-file=${output}`, ...files], env, 'inherit')
  return { code, tap: await readFile(output, 'utf8').catch(() => '') }
}

async function runPlainly(env: NodeJS.ProcessEnv): Promise<Run> {
  const lines: string[] = []
  const plain = plainLines(print)
  const code = await runTap(['run', '--reporter=tap', '--no-color', ...files], env, (line) => {
    lines.push(line)
    plain(line)
  })
  return { code, tap: lines.join('\n') }
}

async function runTap(
  args: string[],
  env: NodeJS.ProcessEnv,
  output: 'ignore' | 'inherit' | ((line: string) => void),
): Promise<number> {
  if (stopped) return 128 + constants.signals[stopped]
  child = spawn(process.execPath, [tapProgram, ...args], {
    cwd: checkout,
    env,
    stdio: ['ignore', typeof output === 'function' ? 'pipe' : output, 'inherit'],
  })
  if (child.stdout && typeof output === 'function') {
    createInterface(child.stdout).on('line', output)
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return code ?? 128 + constants.signals[signal ?? 'SIGTERM']
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

// The command line from outside: help, version, error messages, exit codes, and results alone on stdout.
import pg from 'pg'
import t from 'tap'
import manifest from '../../package.json' with { type: 'json' }
import { readHelp } from '../support/command-help.ts'
import { freshDatabase } from '../support/database.ts'
import { idOf } from '../support/ids.ts'
import { connect, installedDatabase } from '../support/installed.ts'
import { epistle, finished } from '../support/service.ts'
import { stepwiseDatabase } from '../support/stepwise-database.ts'

const commands = [
  ...['start', 'serve', 'work', 'install', 'status', 'tasks', 'webhook'],
  ...['verify', 'rebuild', 'show', 'user', 'reports', 'forget', 'demote', 'retire'],
]

t.test('--help lists every command on stdout and exits 0', async (t) => {
  const { code, stdout, stderr } = await finished(epistle(t, ['--help']))
  t.equal(code, 0)
  t.match(stdout, /^Usage: epistle <command>/m)
  t.strictSame(stdout.match(/(?<=^ {2})[a-z]+(?= )/gm), commands)
  t.match(stdout, /^ {2}--version, -v /m)
  t.equal(stderr, '')
})

t.test('--version and -v print the version of package.json and exit 0', async (t) => {
  const options = ['--version', '-v'].map(async (option) => {
    const { code, stdout, stderr } = await finished(epistle(t, [option]))
    t.equal(code, 0, option)
    t.equal(stdout, `${manifest.version}\n`, option)
    t.equal(stderr, '', option)
  })
  await Promise.all(options)
})

t.test('every command prints its own help with --help, and does not connect', async (t) => {
  const env = { DATABASE_URL: 'postgres://user@127.0.0.1:1/none' }
  const help = await readHelp()
  const runs = commands.map(async (command) => {
    const { code, stdout } = await finished(epistle(t, [command, '--help'], { env }))
    t.equal(code, 0, command)
    t.equal(stdout, `${help.get(command)}\n`)
    t.match(stdout, `Usage: epistle ${command}`)
  })
  await Promise.all(runs)
})

t.test('an invalid command line is reported in one line, with exit code 1', async (t) => {
  const cases = [
    [['frobnicate'], /unknown command "frobnicate"; epistle --help lists the commands$/m],
    [['constructor'], /unknown command "constructor"/],
    [['status', '--yaml'], /'--yaml'; epistle status --help shows its usage$/m],
    [['status', 'users_2'], /'users_2'; epistle status --help shows/],
    [['tasks', 'forget'], /unknown action "forget"; choose list, retry or drop/],
    [['tasks', 'retry'], /name the tasks to retry, or use --all/],
    [['tasks', 'drop', '7'], /"7" is not the id of a task/],
    [['user', 'show'], /name exactly one user/],
    [['user', 'promote', 'ann'], /unknown action "promote"; choose show, suspend, /],
    [['user', 'suspend', 'ann'], /--reason is missing/],
    [['user', 'show', 'ann', '--reason', 'spam'], /epistle user show has no option --reason/],
    [['reports', 'settle', '7', '--outcome', 'upheld'], /"7" is not the id of a report/],
    [['reports', 'settle', idOf(1), '--outcome', 'fine'], /--outcome takes upheld or dismissed/],
    [['reports', '--note', 'hm'], /epistle reports list has no option --note/],
    [['install', '--to', 'three'], /--to takes a whole number, not "three"/],
    [['install', '--max-rate', '0'], /--max-rate takes a whole number of at least 1, not "0"/],
  ] as const
  const runs = cases.map(async ([args, message]) => {
    const { code, stdout, stderr } = await finished(epistle(t, args))
    t.equal(code, 1, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, message)
    t.notMatch(stderr, /^ +at /m, 'without a stack')
  })
  await Promise.all(runs)
})

t.test('every invalid setting is reported at once, without its secrets', async (t) => {
  const env = {
    DATABASE_URL: 'mysql://ada:hunter2@db/epistle',
    PORT: '70000',
    LOG_LEVEL: 'loud',
    SESSION_DAYS: '0',
  }
  const { code, stdout, stderr } = await finished(epistle(t, ['serve'], { env }))
  t.equal(code, 1)
  t.equal(stdout, '')
  for (const name of Object.keys(env)) t.match(stderr, new RegExp(`^ +${name} is `, 'm'))
  t.match(stderr, 'DATABASE_URL is not a valid URL; expected postgres://')
  t.notMatch(stderr, 'hunter2')
})

t.test('status --json prints one document on stdout, and nothing else', async (t) => {
  const env = { DATABASE_URL: await installedDatabase(t) }
  const { code, stdout, stderr } = await finished(epistle(t, ['status', '--json'], { env }))
  t.equal(code, 0)
  t.equal(stderr, '')
  const { releases, readTables } = JSON.parse(stdout)
  t.match(releases, [{ release: 0, name: 'registration' }])
  t.ok(readTables.every(({ state }: { state: string }) => state === 'live'))
})

t.test('status shows the matrix with --matrix only', async (t) => {
  const env = { DATABASE_URL: await installedDatabase(t) }
  const status = async (...options: string[]) =>
    (await finished(epistle(t, ['status', ...options], { env }))).stdout
  const cell = 'users_2_on(user_registered_1(user_registered_0))'
  t.notMatch(await status(), cell)
  t.match(await status('--matrix'), cell)
})

t.test('status --matrix has demoted tables, as views of those that events reach', async (t) => {
  const env = { DATABASE_URL: await stepwiseDatabase(t) }
  t.equal((await finished(epistle(t, ['demote', 'users_1'], { env }))).code, 0)
  const { stdout } = await finished(epistle(t, ['status', '--matrix'], { env }))
  t.match(
    stdout,
    /^ {2}users_1 +user_registered_0 +view +users_2_on\(user_registered_1\(user_registered_0\)\)$/m,
  )
  t.match(stdout, /^ {2}users_1 +session_started_0 +ignored$/m)
  const { stdout: json } = await finished(epistle(t, ['status', '--json'], { env }))
  const cell = JSON.parse(json).matrix.find(
    (each: Record<string, string>) =>
      each.readTable === 'users_1' && each.eventType === 'user_registered_0',
  )
  t.match(cell, { kind: 'view', path: ['user_registered_1', 'users_2'], attached: true })
})

t.test('status works with the login of the servers, for what that may see', async (t) => {
  const url = new URL(await installedDatabase(t))
  const db = await connect(t, url.href)
  const name = `server_${process.pid}`
  await db.query(`create role ${name} login password 'x' in role epistle_service`)
  await db.query(`create role ${name}_stranger login password 'x'`)
  t.teardown(async () => {
    const admin = new pg.Client({ connectionString: process.env.EPISTLE_TEST_DATABASE_URL })
    await admin.connect()
    await admin.query(`drop role ${name}, ${name}_stranger`)
    await admin.end()
  })
  const status = (user: string, ...options: string[]) => {
    Object.assign(url, { username: user, password: 'x' })
    return finished(epistle(t, ['status', ...options], { env: { DATABASE_URL: url.href } }))
  }
  await db.query(
    `insert into work.verifications (read_table, position, differences)
     values ('users_2', 0, 0), ('messages_10', 0, 3)`,
  )
  await db.query(
    `insert into work.webhooks (name, url, personal, secret, position, attempts, failing_since, last_error)
     values ('crm', 'https://crm.example/token', false, 'whsec_1', 0, 2, '2026-01-02T00:00:00Z', 'status 500')`,
  )
  const { code, stdout, stderr } = await status(name, '--matrix')
  t.equal(code, 0, stderr)
  t.match(stdout, /^Running\n/)
  t.match(stdout, /^ {2}users_2 +live +0 rows +matched the log at 20\S+Z$/m)
  t.match(stdout, /^ {2}messages_10 +live +0 rows +3 rows differed at \S+Z; run `epistle rebuild/m)
  t.match(stdout, /^ {2}receipts_4 +live +0 rows +not verified yet$/m)
  const webhook =
    '\n  crm  https://crm.example  failing  at position 0, 0 behind  since 2026-01-02T00:00:00.000Z: status 500\n'
  t.match(stdout, `\nWebhooks${webhook}`)
  t.notMatch(stdout, /crm.example\/|whsec/)
  t.match(stdout, 'Only the owner of the database sees what needs a repair, and the matrix.')
  const seen = JSON.parse((await status(name, '--json')).stdout)
  t.match(seen, { matrix: null, loneHeaders: null, deviations: null, running: [], work: [] })
  t.match(seen.webhooks, [{ name: 'crm', state: 'failing', position: '0', behind: '0' }])
  t.match((await status(`${name}_stranger`)).stderr, 'this login may not see the log; connect as')
})

t.test(
  'status shows running servers and workers, waiting tasks and their last error',
  async (t) => {
    const DATABASE_URL = await installedDatabase(t)
    const env = { DATABASE_URL }
    const status = async (...options: string[]) =>
      (await finished(epistle(t, ['status', ...options], { env }))).stdout
    t.match(
      await status(),
      /^Running\n {2}no server and no worker\n\nWaiting tasks\n {2}none\n\nWebhooks\n {2}none\n\nRead tables\n/,
    )
    const db = await connect(t, DATABASE_URL)
    await db.query(
      `insert into work.tasks (process, asked_at, due_at, attempts, last_error) values
       ('greet_0', '2026-01-03T00:00:00Z', '2026-01-05T00:00:00Z', 0, null),
       ('greet_0', '2026-01-02T00:00:00Z', now(), 3, E'refused\nfor good'),
       ('greet_0', '2026-01-01T00:00:00Z', 'infinity', 32, 'given up'),
       ('mail_0', '2026-01-04T00:00:00Z', '2026-01-06T00:00:00Z', 0, null)`,
    )
    const { work, running: none } = JSON.parse(await status('--json'))
    t.strictSame(none, [])
    const counts = { process: 'greet_0', waiting: 1, failing: 1, givenUp: 1 }
    t.strictSame(work, [
      {
        ...counts,
        ...{ oldest: '2026-01-01T00:00:00.000Z', waitingSince: '2026-01-05T00:00:00.000Z' },
        lastError: 'given up',
      },
      {
        ...{ process: 'mail_0', waiting: 1, failing: 0, givenUp: 0 },
        ...{ oldest: '2026-01-04T00:00:00.000Z', waitingSince: '2026-01-06T00:00:00.000Z' },
        lastError: null,
      },
    ])
    await db.query(`delete from work.tasks where attempts = 32`)
    t.match(
      await status(),
      'greet_0  1 waiting  1 failing  0 given up  the oldest since 2026-01-02T00:00:00.000Z  refused\n',
    )
    t.match(await status(), '\nWaiting tasks, but no worker is running: run `epistle work`\n')
    const worker = epistle(t, ['work'], { env })
    await worker.said(/the worker is ready/)
    const running =
      /Running\n {2}epistle work, process \d+ \(process \d+ of the database, .*\n\nWaiting tasks\n {2}\w/
    t.match(await status(), running)
  },
)

t.test('install --to stops at that release, and the next install continues', async (t) => {
  const env = { DATABASE_URL: await freshDatabase(t) }
  const first = await finished(epistle(t, ['install', '--to', '1'], { env }))
  t.equal(first.code, 0)
  t.match(first.stderr, /release 1 \(usernames\) is declared/)
  t.notMatch(first.stderr, /release 2/)
  const serve = await finished(epistle(t, ['serve'], { env: { ...env, PORT: '0' } }))
  t.equal(serve.code, 1, 'a server does not start before its read tables are live')
  t.match(serve.stderr, /read table \w+_\d+, .* is gone, not live.*epistle install/s)
  const second = await finished(epistle(t, ['install'], { env }))
  t.match(second.stderr, /release 3 \(messages\) is declared/)
})

t.test('an unreachable database is reported without a stack', async (t) => {
  const env = { DATABASE_URL: 'postgres://user@127.0.0.1:1/none', PORT: '0' }
  const runs = ['serve', 'status', 'install'].map(async (command) => {
    const { code, stderr } = await finished(epistle(t, [command], { env }))
    t.equal(code, 1, command)
    t.match(stderr, /ECONNREFUSED.*DATABASE_URL/s)
    t.notMatch(stderr, /^ +at /m, 'without a stack')
  })
  await Promise.all(runs)
})

// `epistle work` as a process: killed at each stage of a delivery, stopped by a signal, without an SMTP
// server, and without the tables it needs.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../src/config.ts'
import { work } from '../src/work.ts'
import { type Finishing, freshDatabase } from './support/database.ts'
import { idOf } from './support/ids.ts'
import { connect, installedDatabase, installInto } from './support/installed.ts'
import { epistle, finished, type Started } from './support/service.ts'
import { type Stage, smtpServer } from './support/smtp-server.ts'
import { until } from './support/until.ts'
import { workEnv } from './support/working.ts'

/** A database with one user, with a verified address, whose password changed `times` times, so that many mails are due. */
async function changed(t: Finishing, times: number) {
  const url = await installedDatabase(t)
  const db = await connect(t, url)
  await db.query(`insert into log.user_registered_1 values ($1, 'a@example.org', 'x', 'ann')`, [
    idOf(1),
  ])
  await db.query(
    `insert into log.email_verified_8 values (gen_random_uuid(), $1, 'a@example.org')`,
    [idOf(1)],
  )
  for (let n = 0; n < times; n += 1) {
    await db.query(`insert into log.password_changed_2 values (gen_random_uuid(), $1, 'y')`, [
      idOf(1),
    ])
  }
  await db.query(`delete from work.tasks where process !~ '^password_notice_'`)
  const left = async () => (await db.query('select from work.tasks')).rowCount
  return { url, db, left }
}

t.test('A worker killed with SIGKILL at any stage of a delivery loses no mail', async (t) => {
  const stages: Stage[] = ['connected', 'from', 'to', 'content', 'accepted']
  const { url, left } = await changed(t, stages.length)
  let worker: Started
  let killAt: Stage | undefined
  const { url: smtpUrl, mails } = await smtpServer(t, async (stage) => {
    if (stage !== killAt) return
    killAt = undefined
    worker.child.kill('SIGKILL')
    await worker.ended
  })
  const env = { ...workEnv(smtpUrl), DATABASE_URL: url }
  for (const stage of stages) {
    killAt = stage
    worker = epistle(t, ['work'], { env })
    t.equal(await worker.ended, 'SIGKILL', stage)
    t.ok(((await left()) ?? 0) > 0, 'the task is still there')
  }
  worker = epistle(t, ['work'], { env })
  await until('no task is left', async () => (await left()) === 0)
  const ids = mails.map(({ messageId }) => messageId)
  t.equal(new Set(ids).size, stages.length, 'every mail was sent')
  t.ok(ids.length > stages.length, 'some were sent twice, with the same Message-ID')
})

t.test(
  'A worker finishes its running task on SIGTERM, logs that it stops, and exits 0',
  async (t) => {
    const { url, left } = await changed(t, 1)
    let worker: Started
    const { url: smtpUrl, mails } = await smtpServer(t, (stage) => {
      if (stage === 'content') worker.child.kill('SIGTERM')
    })
    worker = epistle(t, ['work'], { env: { ...workEnv(smtpUrl), DATABASE_URL: url } })
    const stopped = worker.said(/"the worker begins to stop"[\s\S]*"the worker has stopped"/)
    t.equal(await worker.ended, 0)
    await stopped
    t.equal(mails.length, 1)
    t.ok(((await left()) ?? 0) <= 1, 'the mail is not sent a second time')
  },
)

t.test('A worker retries mail that the SMTP server refuses for the moment', async (t) => {
  const { url, db, left } = await changed(t, 2)
  let away = true
  const { url: smtpUrl, mails } = await smtpServer(t, () => {
    if (away) throw Object.assign(new Error('come back later'), { responseCode: 421 })
  })
  const env = { ...workEnv(smtpUrl), DATABASE_URL: url }
  const worker = epistle(t, ['work'], { env })
  await worker.said(/a task failed; it will be retried/)
  await until('both have failed', async () => {
    return (await db.query('select from work.tasks where attempts = 1')).rowCount === 2
  })
  away = false
  const { rows } = await db.query(
    `update work.tasks set due_at = now()
     where due_at between now() + interval '50 s' and now() + interval '60 s' returning last_error`,
  )
  t.match(rows, [{ last_error: /come back later/ }, {}], 'the first pause is a minute')
  await db.query('notify epistle_log')
  await until('no task is left', async () => (await left()) === 0)
  t.equal(mails.length, 2)
})

t.test('A mail rejected for good is tried once, shown, and retried by command', async (t) => {
  const { url, db, left } = await changed(t, 1)
  await db.query(
    `insert into work.tasks (process, due_at, attempts, given_up_at)
     values ('old_0', 'infinity', 1, now() - interval '31 days')`,
  )
  let attempts = 0
  const { url: smtpUrl, mails } = await smtpServer(t, (stage) => {
    if (stage !== 'to') return
    attempts += 1
    if (attempts === 1) throw Object.assign(new Error('5.1.1 unknown'), { responseCode: 550 })
  })
  const env = { ...workEnv(smtpUrl), DATABASE_URL: url }
  const run = (...args: string[]) => finished(epistle(t, args, { env }))
  const worker = epistle(t, ['work'], { env })
  const [line] = await worker.said(/.*a task was given up.*/)
  t.match(line, '"level":"warn"', 'a warning, since no setting is wrong')
  await until('what was given up a month ago is deleted', async () => (await left()) === 1)
  t.equal(attempts, 1)
  const [status, list] = await Promise.all([run('status'), run('tasks', 'list', '--json')])
  t.match(status.stdout, /password_notice_8 +0 waiting +0 failing +1 given up .* 5\.1\.1 unknown/)
  t.match(status.stdout, '`epistle tasks` lists the tasks that were given up')
  const [task] = JSON.parse(list.stdout).tasks
  t.match(task, { attempts: 1, retryAt: null, lastError: /550 5\.1\.1 unknown/ })
  t.match((await run('tasks', 'retry', task.id)).stdout, '1 task is due again')
  await until('no task is left', async () => (await left()) === 0)
  t.equal(mails.length, 1)
})

t.test('A wrong login in SMTP_URL loses no mail and is reported as an error', async (t) => {
  const { url, db } = await changed(t, 1)
  const { url: smtpUrl } = await smtpServer(t, (stage) => {
    if (stage === 'login') throw Object.assign(new Error('wrong'), { responseCode: 535 })
  })
  const env = { ...workEnv(smtpUrl.replace('//', '//ada:wrong@')), DATABASE_URL: url }
  const worker = epistle(t, ['work'], { env })
  const [line] = await worker.said(/.*a task failed; it will be retried.*/)
  t.match(line, /"level":"error",.*check SMTP_URL and MAIL_FROM/)
  const { rows } = await db.query('select isfinite(due_at) as retried from work.tasks')
  t.strictSame(rows, [{ retried: true }])
})

t.test('Without SMTP_URL a worker writes mail into MAIL_OUTBOX and logs the file', async (t) => {
  const outbox = await mkdtemp(join(tmpdir(), 'epistle-outbox-'))
  t.teardown(() => rm(outbox, { recursive: true }))
  const { url } = await changed(t, 1)
  const env = { DATABASE_URL: url, MAIL_OUTBOX: outbox }
  const worker = epistle(t, ['work'], { env })
  const [, file = ''] = await worker.said(/"file":"([^"]+\.eml)"/)
  t.match(await readFile(file, 'utf8'), 'Subject: Your Epistle password was changed')
  t.equal((await readdir(outbox)).length, 1)
})

t.test('A worker with SMTP_URL and without PUBLIC_URL warns about its links', async (t) => {
  const { url: smtpUrl } = await smtpServer(t)
  const { PUBLIC_URL: _, ...env } = workEnv(smtpUrl)
  const DATABASE_URL = await installedDatabase(t)
  const worker = epistle(t, ['work'], { env: { ...env, DATABASE_URL, HOST: '::1' } })
  const [, links] = await worker.said(/"links":"([^"]+)","msg":"PUBLIC_URL is not set/)
  t.equal(links, 'http://[::1]:3000')
})

t.test('A worker that fails to start releases its connections and leases', async (t) => {
  const databaseUrl = await installedDatabase(t)
  const db = await connect(t, databaseUrl)
  // loadConfig rejects this URL; it stands for any failure after the leases are taken.
  const config = { ...loadConfig({ LOG_LEVEL: 'silent' }), smtpUrl: 'not a URL' }
  await t.rejects(work({ config, databaseUrl }), { code: 'ERR_INVALID_URL' })
  await until('no connection of the worker is left', async () => {
    const { rowCount } = await db.query(
      `select from pg_stat_activity where datname = current_database()
         and application_name like 'epistle%' and pid <> pg_backend_pid()`,
    )
    return rowCount === 0
  })
})

t.test(
  'work refuses a database without its read tables and names the command to run',
  async (t) => {
    const empty = await finished(
      epistle(t, ['work'], { env: { DATABASE_URL: await freshDatabase(t) } }),
    )
    t.equal(empty.code, 1)
    t.match(empty.stderr, 'run `epistle install`')
    const DATABASE_URL = await freshDatabase(t)
    await installInto(DATABASE_URL, { to: 1 })
    const old = await finished(epistle(t, ['work'], { env: { DATABASE_URL } }))
    t.equal(old.code, 1)
    t.match(old.stderr, /which this release reads, is gone.*run `epistle install`/s)
  },
)

// The alerts and the dashboard of deploy/: a Prometheus that reads a running service evaluates every expression.
// Skipped unless Debian's prometheus is installed; `.ci/run` installs it.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import dashboard from '../../deploy/grafana/epistle.json' with { type: 'json' }
import { loadConfig } from '../../src/config.ts'
import { verify } from '../../src/platform/read-models/rebuild/verify.ts'
import { dbDirectory } from '../../src/platform/read-models/releases/releases.ts'
import { work } from '../../src/work.ts'
import { readableLog } from '../support/http/bare-app.ts'
import { served } from '../support/http/served.ts'
import { lastingFolder } from '../support/lasting-folder.ts'
import { follow } from '../support/live-updates/reader.ts'
import { readDocument, section, tableRows } from '../support/markdown.ts'
import { rulesFile, startPrometheus, whyWithoutPrometheus } from '../support/prometheus.ts'
import { until } from '../support/until.ts'

const skip = whyWithoutPrometheus()

/** Panels without data while no limit is reached and no read table is built. */
const emptyAtRest = ['Limits reached a second', 'Builds, share of the log']

/** A server and a worker that have done something of each kind, and a Prometheus that has read them. */
async function observed(t: Test) {
  const { server, databaseUrl, owner, arrive } = await served(t, { ADMIN_PORT: '0' })
  const config = loadConfig({ ADMIN_PORT: '0', MAIL_OUTBOX: lastingFolder(t) })
  const working = await work({ config, databaseUrl, log: readableLog('silent').log })
  t.teardown(() => working.close())
  const ada = await arrive('ada')
  const reader = await follow(t, server.url, ada.token)
  await reader.until(({ event }) => event === 'ready')
  await ada.client.GET('/users/{id}', { params: { path: { id: 'none' } } })
  await verify(owner, dbDirectory, ['users_2'], () => undefined)
  // No worker has a handler for it.
  await owner.query(`insert into work.tasks (process) values ('later_0')`)
  // As the erasure of an account that was deleted an hour ago.
  await owner.query(
    `insert into work.tasks (process, asked_at, due_at)
     values ('later_0', now() - interval '1 hour', now() + interval '30 days')`,
  )
  // An endpoint that is never due.
  await owner.query(
    `insert into work.webhooks (name, url, personal, secret, position, due_at)
     values ('crm', 'https://crm.example/', false, 'whsec_', 1, 'infinity')`,
  )
  const prometheus = await startPrometheus(t, [server.adminUrl ?? '', working.adminUrl ?? ''])
  await until('both were read more than once', async () => {
    await ada.client.POST('/messages', { body: { to: ada.user.id, content: 'one' } })
    return (await prometheus.countOf('epistle_log_position offset 2s')) === 2
  })
  return { owner, prometheus }
}

t.test('Prometheus evaluates every panel and alert on a running service', { skip }, async (t) => {
  const { owner, prometheus } = await observed(t)
  const { countOf, rules, names } = prometheus
  for (const { title, targets } of dashboard.panels) {
    const hasData = async () => {
      const counts = await Promise.all(targets.map(({ expr }) => countOf(expr)))
      return emptyAtRest.includes(title) || counts.some((count) => count > 0)
    }
    await until(`the panel ${title} has data`, hasData)
  }
  await until('all alerts are evaluated', async () =>
    (await rules()).every(({ health }) => health === 'ok'),
  )
  const known = await names()
  const panels = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  const expressions = [...panels, ...(await rules()).map(({ query }) => query)].join(' ')
  for (const name of new Set(expressions.match(/\b(?:epistle|nodejs|process)_\w+/g))) {
    const ofHistogram = name.replace(/_(bucket|count|sum)$/, '')
    t.ok(known.has(name) || known.has(ofHistogram), `${name} is a metric`)
  }
  const firing = async () =>
    (await rules()).filter(({ state }) => state === 'firing').map(({ name }) => name)
  t.strictSame(await firing(), [], 'no alert fires at rest')
  // For five minutes before it fires.
  const tasksWaiting = async () =>
    (await rules()).find(({ name }) => name === 'EpistleTasksWaiting')?.state
  t.equal(await tasksWaiting(), 'inactive', 'a task that is due in 30 days does not wait')
  await owner.query(
    `update work.tasks set due_at = now() - interval '6 minutes'
     where process = 'later_0' and due_at > now()`,
  )
  await until(
    'a task that has been due for long waits',
    async () => (await tasksWaiting()) === 'pending',
  )
  await owner.query(
    `insert into work.tasks (process, due_at, attempts, given_up_at)
     values ('mail_0', 'infinity', 1, now())`,
  )
  await until('an alert fires', async () => (await firing()).length > 0)
  t.strictSame(await firing(), ['EpistleTasksGivenUp'])
})

t.test('promtool accepts the rules', { skip }, async (t) => {
  const { stdout } = await promisify(execFile)('promtool', ['check', 'rules', rulesFile])
  t.match(stdout, /SUCCESS: \d+ rules found/)
})

/** Lets promtool evaluate the rules over series, and compare the alerts. */
async function testRules(t: Test, rules: object): Promise<void> {
  const file = join(t.testdir(), 'alerts.json')
  const settings = { rule_files: [rulesFile], evaluation_interval: '1h', tests: [rules] }
  await writeFile(file, JSON.stringify(settings))
  const { stdout } = await promisify(execFile)('promtool', ['test', 'rules', file])
  t.match(stdout, 'SUCCESS')
}

t.test('The alert about missing verifies waits for tables that are young', { skip }, async (t) => {
  const live = (table: string) => `epistle_read_table_state{table="${table}",state="live"}`
  const verified = (table: string) =>
    `epistle_read_table_verified_timestamp_seconds{table="${table}"}`
  // A value each hour; `_` is none. Prometheus begins at the time 0.
  const input_series = [
    { series: live('never_0'), values: '1x300' },
    { series: live('once_0'), values: '1x300' },
    { series: verified('once_0'), values: '_ 3600x300' },
    { series: live('weekly_0'), values: '1x300' },
    { series: verified('weekly_0'), values: '_x120 432000x180' },
    { series: live('young_1'), values: '_x192 1x100' },
  ]
  const alert = (table: string) => ({
    exp_labels: { severity: 'ticket', table },
    exp_annotations: {
      summary: `${table} has not been verified for more than eight days`,
      runbook: 'db/MONITORING.md#alerts',
    },
  })
  const expected = (days: number, ...tables: string[]) => ({
    eval_time: `${days}d`,
    alertname: 'EpistleVerifyMissing',
    exp_alerts: tables.map(alert),
  })
  const alert_rule_test = [expected(2), expected(8), expected(10, 'never_0', 'once_0')]
  await testRules(t, { interval: '1h', input_series, alert_rule_test })
})

t.test(
  'A missing read table and deviations raise an alert until they are repaired',
  { skip },
  async (t) => {
    const input_series = [
      { series: 'epistle_read_table_state{table="receipts_4",state="live"}', values: '1 _ 1' },
      {
        series: 'epistle_read_table_state{table="receipts_4",state="missing"}',
        values: '_ 1 stale',
      },
      { series: 'epistle_deviations', values: '0 2 0' },
    ]
    const expected = (hour: number, alertname: string, labels: object, summary: string) => ({
      ...{ eval_time: `${hour}h`, alertname },
      exp_alerts: [
        {
          exp_labels: { severity: 'page', ...labels },
          exp_annotations: { summary, runbook: 'db/MONITORING.md#alerts' },
        },
      ],
    })
    const none = (hour: number, alertname: string) => ({ eval_time: `${hour}h`, alertname })
    const table = 'receipts_4'
    const [missing, deviating] = ['EpistleReadTableMissing', 'EpistleNotAsInstalled']
    const alert_rule_test = [
      ...[0, 2].flatMap((hour) => [none(hour, missing), none(hour, deviating)]),
      expected(1, missing, { table }, 'The read table receipts_4 was dropped by hand'),
      expected(
        1,
        deviating,
        {},
        'The last verify or install found 2 parts of tables that are not as installed',
      ),
    ]
    await testRules(t, { interval: '1h', input_series, alert_rule_test })
  },
)

t.test('A process that is not ready raises an alert, also without traffic', { skip }, async (t) => {
  const series = (name: string, instance: string, values: string) => ({
    series: `${name}{job="epistle",instance="${instance}"}`,
    values,
  })
  const input_series = [
    series('epistle_ready', 'a', '1 0x4 1'),
    series('epistle_database_up', 'a', '1x6'),
    series('epistle_leases_missing', 'a', '0x6'),
    series('epistle_ready', 'b', '0x6'),
    series('epistle_database_up', 'b', '0x6'),
    series('epistle_ready', 'c', '0x6'),
    series('epistle_leases_missing', 'c', '1x6'),
  ]
  const alertname = 'EpistleNotReady'
  const alert = {
    exp_labels: { severity: 'page', job: 'epistle', instance: 'a' },
    exp_annotations: {
      summary: 'a is not ready for traffic: /readyz does not answer 200',
      runbook: 'db/MONITORING.md#alerts',
    },
  }
  const alert_rule_test = [
    { eval_time: '1h', alertname },
    { eval_time: '3h', alertname, exp_alerts: [alert] },
    { eval_time: '6h', alertname },
  ]
  await testRules(t, { interval: '1h', input_series, alert_rule_test })
})

t.test('db/MONITORING.md says for every alert what to do', async (t) => {
  const alerts = await readDocument('deploy/prometheus/alerts.yml')
  const rows = tableRows(section(await readDocument('db/MONITORING.md'), 'Alerts'))
  const documented = rows.map(([name = '']) => name.replaceAll('`', ''))
  t.strictSame(
    documented.filter((name) => /^Epistle[A-Z]/.test(name)),
    alerts.match(/(?<=- alert: )\w+/g),
  )
})

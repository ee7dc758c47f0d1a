/**
 * `epistle status`: prints the state of the database and its servers, as tables or as one JSON document. What an
 * operator looks for first comes first: what needs a repair, who runs, and what waits.
 */

import { loadConfig } from '../config.ts'
import { counted } from '../platform/counted.ts'
import { type Deviation, describeDeviation } from '../platform/read-models/deviations.ts'
import { describeLoneHeaders } from '../platform/read-models/lone-headers.ts'
import { readStatus, type Status } from '../platform/read-models/status.ts'
import type { ShownCell } from '../platform/read-models/view-cells.ts'
import { type Backlog, readBacklog } from '../platform/task-queue/backlog.ts'
import { readWebhooks, type WebhookOverview } from '../platform/webhooks/overview.ts'
import { withClient } from './connect.ts'
import { print, type Verb } from './verb.ts'

/** The status of the database, the backlog of its workers, and the webhooks. */
type Shown = Status & {
  readonly work: readonly Backlog[]
  readonly webhooks: readonly WebhookOverview[]
}

export const statusVerb: Verb = {
  summary: 'show releases, tables, servers and workers, waiting tasks and webhooks',
  help: `Usage: epistle status [--matrix | --json]

First reports what needs a repair: tables that are not as installed, and headers of the log without rows.
Then shows the running servers and workers, and those that were seen within the last minute but hold no
leases now. Shows for each kind of task of \`epistle work\` how many wait, how many failed and are being
retried, and how many were given up. Shows each webhook with its state, the position of its last event,
how many positions it is behind, and since when it fails. Last, it shows what is installed: the read
tables with their states and the progress of builds, the releases, and the event tables with their row
counts. The login of the servers suffices, but only the owner of the database sees what needs a repair,
and the matrix.

  --matrix   also show by which casts and projection each event reaches each read table
  --json     print one JSON document on stdout, with the matrix, and nothing else`,
  options: { json: { type: 'boolean' }, matrix: { type: 'boolean' } },
  async run({ json, matrix }) {
    const status = await withClient(loadConfig(process.env), async (client) => ({
      ...(await readStatus(client)),
      work: await readBacklog(client),
      webhooks: await readWebhooks(client),
    }))
    print(json ? JSON.stringify(status, null, 2) : describe(status, matrix === true))
  },
}

function describe(status: Shown, withMatrix: boolean): string {
  if (status.releases.length === 0) {
    return 'Nothing is installed in this database; run `epistle install` first.'
  }
  return [
    ...warnings(status),
    'Running',
    ...orNone(
      table([...status.running, ...status.absent].map((reader) => [reader])),
      'no server and no worker',
    ),
    '',
    hasIdleTasks(status)
      ? 'Waiting tasks, but no worker is running: run `epistle work`'
      : 'Waiting tasks',
    ...orNone(table(status.work.map(describeTasks)), 'none'),
    ...(status.work.some(({ givenUp }) => givenUp > 0)
      ? ['  `epistle tasks` lists the tasks that were given up; they are deleted after 30 days']
      : []),
    '',
    'Webhooks',
    ...orNone(table(status.webhooks.map(describeWebhook)), 'none'),
    '',
    'Read tables',
    ...table(status.readTables.map((r) => [r.name, r.state, count(r), remark(r, status)])),
    '',
    `Releases (the log is at position ${status.position})`,
    ...table(status.releases.map((r) => [`${r.release}`, r.name, r.installedAt.toISOString()])),
    '',
    'Event tables',
    ...table(status.eventTables.map((e) => [e.name, e.aggregate, count(e)])),
    '',
    ...matrixPart(status, withMatrix),
  ].join('\n')
}

function matrixPart({ matrix, readTables }: Shown, withMatrix: boolean): string[] {
  if (!matrix) return ['Only the owner of the database sees what needs a repair, and the matrix.']
  if (!withMatrix) return ['`epistle status --matrix` shows how events reach the read tables.']
  const cells = matrix.filter(({ kind }) => kind !== 'none')
  const names = new Set(readTables.map(({ name }) => name))
  return [
    'How events reach the read tables',
    ...table(cells.map((cell) => describeCell(cell, names))),
  ]
}

/** What an operator must repair, before all else. */
function warnings({ loneHeaders, deviations, comparesDefinitions }: Shown): string[] {
  const sentence = describeLoneHeaders(loneHeaders ?? [])
  return [
    ...(sentence ? [`To repair: ${sentence}.`, ''] : []),
    ...(deviations && deviations.length > 0
      ? ['Not as installed; `epistle install` repairs it', ...deviations.map(indented), '']
      : []),
    ...((comparesDefinitions ?? true)
      ? []
      : [
          'The texts of triggers, constraints and indexes are not compared, because another major version ' +
            'of PostgreSQL wrote those that are recorded; run `epistle install`, which records them again',
          '',
        ]),
  ]
}

function indented(deviation: Deviation): string {
  return `  ${describeDeviation(deviation)}`
}

function count({ rows }: { rows: number | null }): string {
  return rows === null ? 'missing' : counted(rows, 'row')
}

/** The progress of a build, the last verify, the sources of a view, and the command that finishes an interrupted one. */
function remark(readTable: Status['readTables'][number], { position: head }: Status): string {
  const { name, state, position, rows, eventTypes, viewOf } = readTable
  if (rows === null) {
    return 'dropped by hand; run `epistle install`, which restores it'
  }
  if (state === 'building') {
    const share = head === '0' ? 1 : Number(position) / Number(head)
    return `at position ${position} of ${head}, ${Math.floor(share * 100)}%`
  }
  if (state === 'retiring') {
    return `if no retirement is running, run \`epistle retire ${name}\` to finish it`
  }
  if (state === 'live') return describeVerify(readTable)
  if (state !== 'demoted') return ''
  const view = `a view of ${viewOf.join(', ')}`
  if (!eventTypes) return view
  const left = `dormant projections of ${eventTypes} event types are left`
  return `${view}; ${left}; if no demotion is running, run \`epistle install\` to drop them`
}

/** What the last verify found, and the command that repairs it. */
function describeVerify({ name, verified }: Status['readTables'][number]): string {
  if (!verified) return 'not verified yet'
  const { at, differences } = verified
  if (differences === 0) return `matched the log at ${at.toISOString()}`
  return `${counted(differences, 'row')} differed at ${at.toISOString()}; run \`epistle rebuild ${name}\`, then verify again`
}

/**
 * `users_2 | user_registered_0 | up | users_2_on(user_registered_1(user_registered_0))`. The path to a demoted table ends
 * with the tables that it is a view of, of which the first is projected into.
 */
function describeCell(cell: ShownCell, tables: ReadonlySet<string>): string[] {
  const { readTable, eventType, kind, path, attached } = cell
  if (!path) return [readTable, eventType, kind, '']
  const casts = kind === 'view' ? path.filter((name) => !tables.has(name)) : path
  const [projected = readTable] = path.slice(casts.length)
  const event = casts.reduce((inner, cast) => `${cast}(${inner})`, eventType)
  const way = `${projected}_on(${event})`
  return [readTable, eventType, kind, attached ? way : `${way}, but not attached yet`]
}

/** Whether tasks wait and no worker runs; a worker holds its leases under the name `epistle work`. */
function hasIdleTasks({ running, work }: Shown): boolean {
  return work.length > 0 && !running.some((holder) => holder.startsWith('epistle work'))
}

/** `verification_8 | 2 waiting | 1 failing | 0 given up | since … | connect ECONNREFUSED …` */
function describeTasks({
  process,
  waiting,
  failing,
  givenUp,
  oldest,
  lastError,
}: Backlog): string[] {
  const counts = [`${waiting} waiting`, `${failing} failing`, `${givenUp} given up`]
  // The first line of an SMTP error is enough here; the JSON output contains all of it.
  const [error = ''] = lastError?.split('\n') ?? []
  return [process, ...counts, `the oldest since ${oldest.toISOString()}`, error]
}

/** `crm | https://crm.example | failing | at position 12, 3 behind | since … : status 500` */
function describeWebhook(webhook: WebhookOverview): string[] {
  const { name, origin, state, position, behind, failingSince, reason } = webhook
  const since = failingSince ? `since ${failingSince.toISOString()}: ` : ''
  const why = state === 'delivering' ? '' : `${since}${reason ?? ''}`
  return [name, origin, state, `at position ${position}, ${behind} behind`, why]
}

function orNone(lines: readonly string[], nothing: string): readonly string[] {
  return lines.length > 0 ? lines : [`  ${nothing}`]
}

/** Formats rows of cells as lines with aligned columns. */
function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
}

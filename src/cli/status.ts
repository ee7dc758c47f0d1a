/**
 * `epistle status`: what the database holds, as tables for a person or as one JSON document.
 */

import { loadConfig } from '../config.ts'
import type { Cell } from '../platform/read-models/matrix.ts'
import { readStatus, type Status } from '../platform/read-models/status.ts'
import { type Backlog, readBacklog } from '../platform/task-queue/backlog.ts'
import { withClient } from './connect.ts'
import { print, type Verb } from './verb.ts'

/** The status, and the backlog beside it. */
type Shown = Status & { readonly work: readonly Backlog[] }

export const statusVerb: Verb = {
  summary: 'show releases, tables, how events reach them, what runs and what waits to be done',
  help: `Usage: epistle status [--json]

Shows the releases that are installed, the event tables and how much they hold, the read tables and
their state (of one that is building how far it is), and by which projection and casts each event
reaches each read table. Then the servers and workers that run, and what \`epistle work\` has still to do:
of each process how much waits, fails and is tried again, or has failed for days and was given up.

  --json   one JSON document on stdout, and nothing else`,
  options: { json: { type: 'boolean' } },
  async run({ json }) {
    const status = await withClient(loadConfig(process.env), async (client) => ({
      ...(await readStatus(client)),
      work: await readBacklog(client),
    }))
    print(json ? JSON.stringify(status, null, 2) : describe(status))
  },
}

function describe(status: Shown): string {
  if (status.releases.length === 0) {
    return 'Nothing is installed in this database; `epistle install` does it.'
  }
  return [
    `Releases (the log is at position ${status.position})`,
    ...table(status.releases.map((r) => [`${r.release}`, r.name, r.installedAt.toISOString()])),
    '',
    'Event tables',
    ...table(status.eventTables.map((e) => [e.name, e.aggregate, count(e)])),
    '',
    'Read tables',
    ...table(status.readTables.map((r) => [r.name, r.state, count(r), remark(r, status)])),
    '',
    'How events reach them',
    ...table(status.matrix.filter(({ kind }) => kind !== 'none').map(describeCell)),
    '',
    'Running',
    ...orNone(table(status.running.map((holder) => [holder])), 'no server, and no worker'),
    '',
    hasIdleWork(status) ? 'Work to be done, and no worker: run `epistle work`' : 'Work to be done',
    ...orNone(table(status.work.map(describeWork)), 'nothing'),
  ].join('\n')
}

function count({ rows }: { rows: number | null }): string {
  if (rows === null) return 'is not there'
  return rows === 1 ? '1 row' : `${rows} rows`
}

/** How far a build is, of what a table is a view, and what is not at its end, with the command for it. */
function remark(readTable: Status['readTables'][number], { position: head }: Status): string {
  const { name, state, position, rows, triggers, viewOf } = readTable
  if (rows === null) {
    return `somebody dropped it by hand: run \`epistle retire ${name}\`, and then \`epistle install\``
  }
  if (state === 'building') {
    const share = head === '0' ? 1 : Number(position) / Number(head)
    return `at position ${position} of ${head}, ${Math.floor(share * 100)}%`
  }
  if (state === 'retiring') return `unless that is going on, run \`epistle retire ${name}\` again`
  if (state !== 'demoted') return ''
  const view = `a view of ${viewOf.join(', ')}`
  if (triggers === 0) return view
  return `${view}; ${triggers} dormant triggers are left: unless it is going on, run \`epistle install\``
}

/** `users_2 | user_registered_0 | up | users_2_on(user_registered_1(user_registered_0))` */
function describeCell({ readTable, eventType, kind, path, attached }: Cell): string[] {
  if (!path) return [readTable, eventType, kind, '']
  const event = path.reduce((inner, cast) => `${cast}(${inner})`, eventType)
  const way = `${readTable}_on(${event})`
  return [readTable, eventType, kind, attached ? way : `${way}, its trigger is missing`]
}

/** A worker names itself so when it takes its leases. */
function hasIdleWork({ running, work }: Shown): boolean {
  return work.length > 0 && !running.some((holder) => holder.startsWith('epistle work'))
}

/** `verification_8 | 2 waiting | 1 failing | 0 given up | since … | connect ECONNREFUSED …` */
function describeWork({
  process,
  waiting,
  failing,
  givenUp,
  oldest,
  lastError,
}: Backlog): string[] {
  const counts = [`${waiting} waiting`, `${failing} failing`, `${givenUp} given up`]
  // Of what an SMTP server says, the first line tells enough; JSON has all of it.
  const [error = ''] = lastError?.split('\n') ?? []
  return [process, ...counts, `the oldest since ${oldest.toISOString()}`, error]
}

function orNone(lines: readonly string[], nothing: string): readonly string[] {
  return lines.length > 0 ? lines : [`  ${nothing}`]
}

/** Rows of cells as lines with aligned columns. */
function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
}

/** The queries of operators about reports: those that are open, those that are settled, and one. */

import { sql } from 'kysely'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import type { Outcome } from './events.ts'
import { database } from './tables.ts'

/** The greatest number of reports in a list of the command line. */
export const maxReports = 100

/** A report as operators see it. Times are RFC 3339. */
export interface ReportRow {
  readonly id: string
  readonly reporterId: string
  readonly reporter: string | null
  readonly reportedId: string
  readonly reported: string | null
  readonly messageId: string
  /** Empty if the reporter's personal data were erased. */
  readonly reason: string
  /** The message as it was when it was reported; empty if its text was erased. */
  readonly content: string | null
  readonly reportedAt: string
  /** False once it is settled, or its reporter's personal data were erased. */
  readonly isOpen: boolean
  readonly outcome: Outcome | null
  readonly actor: string | null
  readonly note: string | null
  readonly settledAt: string | null
}

/** After the erasure of its reporter, the log accepts no event about a report: it is closed without an outcome. */
export const isOpen = sql<boolean>`report.settled_at is null
  and not exists (select from read.departed_users_12 departed where departed.id = report.user_id offset 0)`

const reports = database
  .selectFrom('read.reports_17 as report')
  .innerJoin('read.users_2 as reporter', 'reporter.id', 'report.user_id')
  .innerJoin('read.users_2 as reported', 'reported.id', 'report.reported_id')
  .select(['report.id', 'reporter.id as reporterId', 'reporter.username as reporter'])
  .select(['reported.id as reportedId', 'reported.username as reported'])
  .select(['report.message_id as messageId', 'report.reason', 'report.reported_at as reportedAt'])
  .select(isOpen.as('isOpen'))
  .select(['report.outcome', 'report.actor', 'report.note', 'report.settled_at as settledAt'])
  // The sender can have edited or deleted the message since.
  .select(({ selectFrom }) =>
    selectFrom('log.events as event')
      .leftJoin('log.message_sent_3 as sent', 'sent.position', 'event.position')
      .leftJoin('log.message_edited_5 as edited', 'edited.position', 'event.position')
      .whereRef('event.stream_id', '=', 'report.message_id')
      .whereRef('event.position', '<', 'report.position')
      .where(sql<boolean>`coalesce(edited.content, sent.content) is not null`)
      .select(sql<string>`coalesce(edited.content, sent.content)`.as('content'))
      .orderBy('event.stream_version', 'desc')
      .limit(sql.lit(1))
      .as('content'),
  )

/** Which reports of a list to fetch. */
export interface ReportPage {
  /** The id of the last report of the previous page; null for the first page. */
  readonly before: string | null
  readonly fetch: number
}

const one = prepare('findReportForOperators', (param: Param<{ id: string }>) =>
  reports.where('report.id', '=', param('id')),
)

const open = prepare('listOpenReports', (param: Param<ReportPage>) =>
  reports
    .where(isOpen)
    .where(
      sql<boolean>`report.position > case when ${param('before')}::uuid is null then 0
        else (select position from read.reports_17 where id = ${param('before')}::uuid) end`,
    )
    .orderBy('report.position')
    .limit(param('fetch')),
)

const settled = prepare('listSettledReports', (param: Param<ReportPage>) =>
  reports
    .where('report.settled_at', 'is not', null)
    .where(
      sql<boolean>`(report.settled_at, report.id) < (
        case when ${param('before')}::uuid is null then 'infinity'
          else (select settled_at from read.reports_17 where id = ${param('before')}::uuid) end,
        coalesce(${param('before')}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))`,
    )
    .orderBy('report.settled_at', 'desc')
    .orderBy('report.id', 'desc')
    .limit(param('fetch')),
)

const countOpen = prepare('countOpenReports', () =>
  database
    .selectFrom('read.reports_17 as report')
    .where(isOpen)
    .select(sql<number>`count(*)::int`.as('count')),
)

/** One report; undefined when none has the id. */
export function findReport(on: Queryable, id: string): Promise<ReportRow | undefined> {
  return one.first(on, { id })
}

/** Open reports, the oldest first. */
export function listOpenReports(on: Queryable, page: ReportPage): Promise<ReportRow[]> {
  return open.all(on, page)
}

/** Settled reports, the last one first. */
export function listSettledReports(on: Queryable, page: ReportPage): Promise<ReportRow[]> {
  return settled.all(on, page)
}

/** How many reports are open. */
export async function countOpenReports(on: Queryable): Promise<number> {
  return (await countOpen.first(on, {}))?.count ?? 0
}

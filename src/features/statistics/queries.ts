/**
 * The queries for daily statistics. Messages that were deleted later stay counted. A day without any
 * activity has no row in the table, and is returned with zeros.
 */

import { sql } from 'kysely'
import { type Param, prepare, type Queryable } from '../../platform/postgres/prepared.ts'
import { database } from './tables.ts'

/** The counts of one day in UTC, `2026-11-21`. */
export interface DayStatistics {
  readonly day: string
  readonly messagesSent: number
  /** Number of different users who sent them. */
  readonly senders: number
  readonly newUsers: number
}

/** The first day and the last, both inclusive. */
export interface Days {
  readonly from: string
  readonly to: string
}

// float8 arrives as a number, and is exact up to 2^53: more than any log contains.
const byDay = prepare('countByDay', (param: Param<Days>) =>
  database
    .selectFrom('read.message_statistics_7 as counted')
    .where(sql<boolean>`counted.day between ${param('from')}::date and ${param('to')}::date`)
    .groupBy('counted.day')
    .select([
      sql<string>`counted.day::text`.as('day'),
      sql<number>`sum(counted.messages_sent)::float8`.as('messagesSent'),
      sql<number>`sum(counted.new_users)::float8`.as('newUsers'),
    ])
    .select(({ selectFrom }) =>
      selectFrom('read.message_senders_7 as sender')
        .where(sql<boolean>`sender.day + 0 = counted.day`) // the expression of the index
        .orderBy('sender.number', 'desc')
        .limit(1)
        .select('sender.number')
        .as('senders'),
    ),
)

const verifiedByDay = prepare('countVerifiedByDay', (param: Param<Days>) =>
  database
    .selectFrom(
      sql<{ day: string }>`(
        select generate_series(${param('from')}::date, ${param('to')}::date, '1 day')::date as day
      )`.as('each'),
    )
    .select(sql<string>`each.day::text`.as('day'))
    .select(({ selectFrom }) =>
      selectFrom('read.verified_users_9 as verified')
        .where(sql<boolean>`verified.day + 0 = each.day`) // the expression of the index
        .orderBy('verified.number', 'desc')
        .limit(1)
        .select('verified.number')
        .as('newUsers'),
    ),
)

/**
 * Every day from the first to the last, oldest first. New users are those who were verified for the first
 * time: the number of registrations would show whether one had a free address.
 */
export async function countWithoutDisclosure(on: Queryable, days: Days): Promise<DayStatistics[]> {
  // One after the other: a read takes one connection of the pool (`platform/http/fair-reads.ts`).
  const counted = await countByDay(on, days)
  const verified = await verifiedByDay.all(on, days)
  const newUsersOf = new Map(verified.map(({ day, newUsers }) => [day, newUsers ?? 0]))
  return counted.map((each) => ({ ...each, newUsers: newUsersOf.get(each.day) ?? 0 }))
}

/** Every day from the first to the last, oldest first. */
export async function countByDay(on: Queryable, days: Days): Promise<DayStatistics[]> {
  const rows = await byDay.all(on, days)
  const found = new Map(rows.map((row) => [row.day, row]))
  return allDays(days).map((day) => {
    const { messagesSent = 0, senders, newUsers = 0 } = found.get(day) ?? {}
    return { day, messagesSent, senders: senders ?? 0, newUsers }
  })
}

const MS_A_DAY = 86_400_000

/** The number of days in the range, both ends included. */
export function numberOfDays({ from, to }: Days): number {
  return (Date.parse(to) - Date.parse(from)) / MS_A_DAY + 1
}

function allDays(days: Days): string[] {
  const first = Date.parse(days.from)
  return Array.from({ length: numberOfDays(days) }, (_, n) =>
    new Date(first + n * MS_A_DAY).toISOString().slice(0, 10),
  )
}

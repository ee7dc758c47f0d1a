/**
 * `/statistics` over HTTP, on the admin port: the counts reveal nothing about a single user, but they are the
 * operator's. Where addresses must be verified, they do not show who has an account either. This file defines the
 * shapes of requests and responses; the query is in `queries.ts`.
 */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { type Fault, issueOf, refuseUnless } from '../../platform/http/problems/field-faults.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { countByDay, countWithoutDisclosure, numberOfDays } from './queries.ts'

/** A leap year: enough to compare a day with the same day a year ago, in a response of 30 kB. */
const MAX_DAYS = 366

const notADate: Fault = {
  code: 'invalid_format',
  params: { format: 'date' },
  message: 'expected a date',
}

// PostgreSQL has no year 0.
const day = z.iso.date('expected a date').check(refuseUnless((date) => date >= '0001', notADate))

const days = z
  .strictObject({
    from: day,
    to: day,
  })
  .superRefine((range, context) => {
    if (context.issues.length > 0) return
    const count = numberOfDays(range)
    if (count >= 1 && count <= MAX_DAYS) return
    const message = `expected a day not before \`from\`, and at most ${MAX_DAYS} days in all`
    const params = { min: range.from, max: lastDay(range.from) }
    context.addIssue(issueOf({ code: 'out_of_range', params, message }, 'to'))
  })

/** The last day of the longest range that begins on this day. */
function lastDay(from: string): string {
  const last = new Date(from)
  last.setUTCDate(last.getUTCDate() + MAX_DAYS - 1)
  const text = last.toISOString()
  // No parameter can have a year of more digits.
  return text.startsWith('+') ? '9999-12-31' : text.slice(0, 10)
}

const countShape = z.int().min(0)
const dayShape = z
  .strictObject({
    day: z.iso.date(),
    messagesSent: countShape,
    senders: countShape,
    newUsers: countShape,
  })
  .meta({ id: 'DayStatistics' })

interface StatisticsDeps {
  readonly pool: Queryable
  /** Whether users must verify their address before they can log in, and no response shows who has an account. */
  readonly requireVerifiedEmail: boolean
}

/** `GET /statistics`: every day of the range, oldest first. The current day is counted up to now. */
export function statisticsRoutes(app: App, { pool, requireVerifiedEmail }: StatisticsDeps): void {
  const count = requireVerifiedEmail ? countWithoutDisclosure : countByDay

  const schema = {
    operationId: 'getStatistics',
    tags: ['service'],
    summary: 'Count messages, senders and new users by day',
    description: `Days are in UTC, at most ${MAX_DAYS}, the oldest first. Today is counted up to now.`,
    querystring: days,
    response: { 200: z.strictObject({ items: z.array(dayShape) }).meta({ id: 'Statistics' }) },
  }
  app.get('/statistics', { schema }, async (request) => ({
    items: await count(pool, request.query),
  }))
}

/**
 * `/statistics` over HTTP, for anybody with a session: there is nothing in it of any one user. Only
 * shapes are here: what a request may hold, and how an answer looks.
 */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { countByDay, numberOfDays } from './queries.ts'

/** A leap year: enough to compare a day with the same one a year ago, and an answer of 30 kB. */
const MAX_DAYS = 366

// The year 0 is none of PostgreSQL's.
const day = z.iso.date('expected a date').refine((date) => date >= '0001', 'expected a date')

const days = z
  .strictObject({
    from: day.meta({ description: 'The first day, of UTC', example: '2026-11-01' }),
    to: day.meta({
      description: `The last day, inclusive; ${MAX_DAYS} days at most`,
      example: '2026-11-30',
    }),
  })
  .superRefine((range, context) => {
    const count = numberOfDays(range)
    if (count >= 1 && count <= MAX_DAYS) return
    const message = `expected a day from \`from\` on, and ${MAX_DAYS} days at most`
    context.addIssue({ code: 'custom', path: ['to'], message })
  })

const count = z.int().min(0)
const dayShape = z
  .strictObject({
    day: z.iso.date(),
    messagesSent: count.meta({ description: 'Those deleted since are among them' }),
    senders: count.meta({ description: 'How many different users sent them' }),
    newUsers: count.meta({ description: 'How many users registered' }),
  })
  .meta({ id: 'DayStatistics', description: 'What happened on a day of UTC' })

/** `GET /statistics`. */
export function statisticsRoutes(app: App, { pool }: { readonly pool: Queryable }): void {
  const schema = {
    operationId: 'getStatistics',
    tags: ['statistics'],
    summary: 'What happened on each day',
    description: 'Every day of the range, oldest first; the present day is counted so far.',
    querystring: days,
    response: { 200: z.strictObject({ items: z.array(dayShape) }) },
  }
  app.get('/statistics', { schema }, async (request) => ({
    items: await countByDay(pool, request.query),
  }))
}

/** `GET /audit`: what operators did, on the admin port and on the command line. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { wholeNumber } from '../../platform/http/conventions/pages.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { positionParameter } from '../positions.ts'
import { type Act, listActs } from './acts.ts'

export const outcomeShape = z.enum(['done', 'refused', 'failed', 'stopped', 'cancelled']).nullable()

const actShape = z
  .strictObject({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z
      .string()
      .meta({ description: 'The name of the operator, from `Epistle-Actor` or `--actor`' }),
    act: z
      .string()
      .meta({ description: 'What the operator did, such as `suspend` or `show_personal`' }),
    subject: z
      .string()
      .nullable()
      .meta({
        description:
          'The id of the user, report or event, the name of the table or webhook, or `reports` for a list of them; ' +
          'else null',
      }),
    arguments: z.record(z.string(), z.unknown()),
    outcome: outcomeShape.meta({
      description:
        '`refused` by a rule; `stopped` with its server or by a signal; `cancelled` by an operator; null while it runs, ' +
        'and where its server or command died',
    }),
    detail: z.string().nullable(),
    result: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({
        description:
          'What it did, as a job shows it. For `retry_tasks` and `drop_tasks`, how many tasks it changed (`count`), how many ' +
          'of each process manager (`processes`), and the first hundred `ids`. For `install`, the newest `release` of the ' +
          'database then. Null before its end, and for other acts',
      }),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Act' })

const schema = {
  operationId: 'listActs',
  tags: ['status'],
  summary: 'List what operators did',
  description:
    'All changes, and all requests for personal data, on the admin port and on the command line. The last act is first. ' +
    'An `epistle install` is among them if it changed the database. What `epistle start` installs is not.',
  querystring: z.strictObject({
    before: positionParameter.optional().meta({ description: "The previous page's `nextCursor`" }),
    limit: wholeNumber(1, 100).default(50),
  }),
  response: {
    200: z
      .strictObject({ items: z.array(actShape), nextCursor: z.string().optional() })
      .meta({ id: 'Audit' }),
  },
}

/** Adds `GET /audit`. */
export function auditRoute(app: App, pool: Queryable): void {
  const config = { open: true, problems: ['unavailable'] } as const
  app.get('/audit', { schema, config }, async ({ query: { before, limit } }) => {
    const acts = await listActs(pool, { before, limit: limit + 1 })
    const items = acts.slice(0, limit)
    const last = acts.length > limit ? items.at(-1) : undefined
    return { items: items.map(toItem), ...(last && { nextCursor: last.id }) }
  })
}

function toItem({ at, endedAt, ...act }: Act) {
  return {
    ...act,
    arguments: act.arguments as Record<string, unknown>,
    result: act.result as Record<string, unknown> | null,
    at: at.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }
}

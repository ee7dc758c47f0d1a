/** Jobs in responses. */

import { z } from 'zod'
import type { Progress } from './progress.ts'
import type { Job } from './queries.ts'

const progressShape = z
  .strictObject({
    done: z.int(),
    total: z.int(),
    unit: z.enum(['positions', 'rows', 'tables']).meta({
      description: 'Positions of the log to replay, rows to replace, or tables to demote or retire',
    }),
    percent: z.int().min(0).max(100),
  })
  .nullable()
  .meta({
    description:
      'How far the current step is. Null before it counts something, and for `forget`: one transaction erases a user. ' +
      'While `demote` compares or `retire` drops one table, the number of tables stays: PostgreSQL does not show how far ' +
      'a statement is',
  })

export const jobShape = z
  .strictObject({
    id: z.string().meta({ example: '7' }),
    kind: z.enum(['verify', 'rebuild', 'demote', 'retire', 'forget']),
    actor: z.string().meta({ description: 'The name of the operator' }),
    arguments: z.record(z.string(), z.unknown()),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    state: z.enum(['running', 'done', 'refused', 'failed', 'stopped', 'cancelled', 'lost']).meta({
      description:
        '`refused` by a rule; `failed` by an error; `stopped` with its server or by a signal; `cancelled` by an operator; ' +
        '`lost` when its server or command died. A job that is stopped, cancelled or lost can be started again',
    }),
    progress: progressShape,
    cancellable: z.boolean().meta({
      description:
        'Whether `DELETE /jobs/{id}` can cancel it now. It cannot once the job changes a live table',
    }),
    detail: z.string().nullable().meta({
      description: 'Why it is refused, failed, stopped, cancelled or lost',
    }),
    result: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({
        description:
          '`verify`: `tables` with `differences` and the keys of the first 100 rows (`GET /tables/{name}/differences` has ' +
          'their values), and `deviations`; `rebuild`: ' +
          '`tables` with the number of rows `replaced`; `demote` and `retire`: `tables`; `forget`: `outcome`, `position`, ' +
          'or how many users of a ledger it met',
      }),
  })
  .meta({ id: 'Job' })

export function toItem({
  act,
  at,
  endedAt,
  progress,
  isCancellable,
  subject: _,
  outcome: __,
  ...job
}: Job) {
  return {
    ...job,
    progress: progress && { ...progress, percent: percentOf(progress) },
    cancellable: isCancellable,
    kind: act as 'verify',
    arguments: job.arguments as Record<string, unknown>,
    result: job.result as Record<string, unknown> | null,
    startedAt: at.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }
}

function percentOf({ done, total }: Progress): number {
  return total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))
}

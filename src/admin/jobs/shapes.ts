/** Jobs in responses. */

import { z } from 'zod'
import type { Job } from './queries.ts'

export const jobShape = z
  .strictObject({
    id: z.string().meta({ example: '7' }),
    kind: z.enum(['verify', 'rebuild', 'demote', 'retire', 'forget']),
    actor: z.string().meta({ description: 'The name of the operator' }),
    arguments: z.record(z.string(), z.unknown()),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    state: z.enum(['running', 'done', 'refused', 'failed', 'stopped', 'lost']).meta({
      description:
        '`refused` by a rule, `failed` by an error, `stopped` with its server, `lost` when its server died: run such a ' +
        'job again',
    }),
    detail: z.string().nullable().meta({ description: 'Why it is refused, failed or stopped' }),
    result: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({
        description:
          '`verify`: `tables` with `differences` and the keys of the first 100 rows, and `deviations`; `rebuild`: ' +
          '`tables` with the number of rows `replaced`; `demote` and `retire`: `tables`; `forget`: `outcome`, `position`',
      }),
  })
  .meta({ id: 'Job' })

export function toItem({ act, at, endedAt, subject: _, outcome: __, ...job }: Job) {
  return {
    ...job,
    kind: act as 'verify',
    arguments: job.arguments as Record<string, unknown>,
    result: job.result as Record<string, unknown> | null,
    startedAt: at.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }
}

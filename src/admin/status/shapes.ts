/** The parts of the status in responses. */

import { z } from 'zod'
import type { Backlog } from '../../platform/task-queue/backlog.ts'
import { positionShape } from '../positions.ts'
import { maskAddresses } from '../tasks/mask-addresses.ts'

export const verifiedShape = z
  .strictObject({ at: z.iso.datetime(), position: positionShape, differences: z.int() })
  .nullable()
  .meta({ description: 'The last verify: how many rows differed. Null before the first' })

export const readTableShape = z
  .strictObject({
    name: z.string().meta({ example: 'users_2' }),
    release: z.int(),
    state: z.enum(['building', 'live', 'demoted', 'retiring']),
    isMissing: z.boolean().meta({
      description: 'True if a session has dropped the table. `epistle install` restores it',
    }),
    position: positionShape.meta({
      description: 'How far a build has replayed the log. A live table is always up to date',
    }),
    liveAt: z.iso.datetime().nullable(),
    estimatedRows: z.number().nullable().meta({
      description: 'The estimate of PostgreSQL; null for views, and before the first ANALYZE',
    }),
    viewOf: z
      .array(z.string())
      .meta({ description: 'The tables that a demoted table is a view of' }),
    verified: verifiedShape,
    readBy: z.array(z.string()).meta({ description: 'The servers and workers that read it' }),
  })
  .meta({ id: 'ReadTable' })

export const readerShape = z
  .strictObject({
    name: z.string().meta({ example: 'epistle serve 127.0.0.1:3000, process 4711' }),
    release: z.int().nullable().meta({
      description: 'The newest release whose read table it reads',
    }),
    holdsLeases: z.boolean().meta({
      description:
        'False if it has lost its leases. One that was seen within the last minute can come back',
    }),
    seenAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When it was last seen; null while it holds its leases' }),
  })
  .meta({ id: 'Reader' })

export const processShape = z
  .strictObject({
    name: z.string().meta({ example: 'epistle serve 127.0.0.1:3000, process 4711' }),
    appends: z
      .strictObject({
        seconds: z
          .int()
          .meta({ description: 'How many of the last seconds these figures cover: 60 at most' }),
        calls: z.int().meta({ description: 'Calls of an append function in the database' }),
        batchSize: z.number().nullable().meta({
          description:
            'Append requests of a batch, on average. Null for a worker, which makes no batches',
        }),
        p99Seconds: z.number().nullable().meta({
          description: '99 of 100 calls took at most this long. Null without a call',
        }),
      })
      .meta({ id: 'AppendFigures' }),
  })
  .meta({ id: 'Process', description: 'The server or worker whose admin port this is' })

export const releaseShape = z
  .strictObject({ release: z.int(), name: z.string(), installedAt: z.iso.datetime() })
  .meta({ id: 'Release' })

export const upgradeShape = z
  .strictObject({
    codeRelease: z
      .int()
      .meta({ description: 'The newest release of the code of this server or worker' }),
    databaseRelease: z.int(),
    step: z.enum(['install', 'deploy', 'retire', 'none']).meta({
      description:
        '`install` the releases of the newest code; `deploy` it in place of older servers; `retire` old tables',
    }),
    tables: z.array(z.string()).meta({ description: 'The read tables that the step is about' }),
    obstacles: z.array(z.string()).meta({
      description: 'What you must do or wait for first, in whole sentences',
      example: [
        'epistle work, process 4711, has lost its leases. Wait a minute, or until it is back.',
      ],
    }),
    demotable: z.array(z.string()).meta({
      description: 'The old tables that can become views while servers read them',
    }),
  })
  .meta({ id: 'Upgrade' })

export const backlogShape = z
  .strictObject({
    process: z.string().meta({ example: 'welcome_8' }),
    waiting: z.int(),
    failing: z.int().meta({ description: 'Tasks that failed and will be retried' }),
    givenUp: z.int(),
    oldest: z.iso.datetime().meta({
      description: 'When the oldest of all these tasks was added; it can have failed since',
    }),
    waitingSince: z.iso.datetime().nullable().meta({
      description: 'When the first of the waiting tasks was due; null when none waits',
    }),
    lastError: z.string().nullable().meta({
      description: 'Of the oldest failed task, without e-mail addresses',
    }),
  })
  .meta({ id: 'Backlog' })

/** The backlog of a process manager in a response. */
export function toBacklog({ oldest, waitingSince, lastError, ...counts }: Backlog) {
  return {
    ...counts,
    oldest: oldest.toISOString(),
    waitingSince: waitingSince?.toISOString() ?? null,
    lastError: maskAddresses(lastError),
  }
}

export const webhookShape = z
  .strictObject({
    name: z.string().meta({ example: 'crm' }),
    origin: z.string().meta({
      description:
        'The origin of its URL. The path is not shown, because it can contain a token of the receiver',
      example: 'https://crm.example',
    }),
    state: z.enum(['delivering', 'failing', 'disabled', 'stopped']).meta({
      description:
        '`failing` events are retried for five days; `disabled` by failures or by a 410; `stopped` by an operator',
    }),
    position: positionShape.meta({ description: 'The position of the last event that it got' }),
    behind: positionShape.meta({ description: 'How many positions of the log are after it' }),
    failingSince: z.iso.datetime().nullable(),
    retryAt: z.iso.datetime().nullable(),
    reason: z.string().nullable().meta({ description: 'The last error, or why it is disabled' }),
  })
  .meta({ id: 'Webhook' })

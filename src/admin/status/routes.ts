/** `GET /status` and `GET /tables`: what runs, what waits, and the read and event tables. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import type { RecentAppends } from '../../platform/metrics/recent-appends.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import {
  type ReaderOverview,
  readAppendWait,
  readDeviations,
  readEventTables,
  readHead,
  readInstalledReleases,
  readIsInstalling,
  readReaders,
  readTableOverviews,
  type TableOverview,
} from '../../platform/read-models/overview.ts'
import type { Release } from '../../platform/read-models/releases/releases.ts'
import { readBacklog } from '../../platform/task-queue/backlog.ts'
import { readWebhooks, type WebhookOverview } from '../../platform/webhooks/overview.ts'
import { positionShape } from '../positions.ts'
import { maskAddresses } from '../tasks/mask-addresses.ts'
import {
  backlogShape,
  processShape,
  readerShape,
  readTableShape,
  releaseShape,
  toBacklog,
  upgradeShape,
  webhookShape,
} from './shapes.ts'
import { nextStep } from './upgrade.ts'

const statusSchema = {
  operationId: 'getStatus',
  tags: ['status'],
  summary: 'Show what runs, what waits, and the next step of an upgrade',
  description:
    'Cheap enough for a request every second. `version`, `process` and `ready` are those of this server or worker; the rest is ' +
    'about the database, and the same on every port. Other rates and durations are in `GET /metrics` of each process.',
  response: {
    200: z
      .strictObject({
        version: z.string().meta({ description: 'Of this process' }),
        process: processShape,
        ready: z.string().nullable().meta({
          description:
            'Null if `/readyz` of this port answers 200; otherwise the reason, in whole sentences',
          example: 'The read table users_2 is not live.',
        }),
        position: positionShape,
        appendWaitSeconds: z.number().meta({
          description:
            'How long the first session that waits for the append lock has waited. 0 if none waits',
        }),
        lastEventAt: z.iso.datetime().nullable(),
        now: z.iso.datetime(),
        releases: z.array(releaseShape),
        readers: z.array(readerShape),
        tables: z.array(readTableShape),
        isInstalling: z.boolean().meta({
          description: 'Whether an install, an install --check, a demotion or a retirement runs',
        }),
        deviations: z.int().nullable().meta({
          description:
            'How many parts of tables, such as triggers, the last verify or install found not as installed. Null before the first',
        }),
        tasks: z.array(backlogShape).meta({ description: 'Tasks that are due and not done' }),
        webhooks: z.array(webhookShape),
        upgrade: upgradeShape,
      })
      .meta({ id: 'Status' }),
  },
}

const eventTableShape = z
  .strictObject({
    name: z.string(),
    release: z.int(),
    aggregate: z.string(),
    estimatedRows: z.number().nullable(),
  })
  .meta({ id: 'EventTable' })

const tablesSchema = {
  operationId: 'listTables',
  tags: ['tables'],
  summary: 'List the read tables and the event tables',
  response: {
    200: z
      .strictObject({
        position: positionShape.meta({ description: 'Of the log' }),
        ownersOperations: z.boolean().meta({
          description: 'Whether tables can be verified, rebuilt, demoted and retired here',
        }),
        readTables: z.array(readTableShape),
        eventTables: z.array(eventTableShape),
      })
      .meta({ id: 'Tables' }),
  },
}

/** The process whose port this is. */
export interface ProcessState {
  readonly name: string
  readonly appends: RecentAppends
}

interface StatusDeps {
  readonly pool: Queryable
  readonly version: string
  readonly process: ProcessState
  readonly whyNotReady: () => Promise<string | null>
  /** The releases of the code. */
  readonly ours: Promise<readonly Release[]>
  /** Whether the owner's operations exist. */
  readonly hasOwner: boolean
}

/** Adds both. */
export function statusRoutes(app: App, deps: StatusDeps): void {
  const { pool, version, process, ours, hasOwner } = deps
  const config = { open: true, problems: ['unavailable'] } as const
  app.get('/status', { schema: statusSchema, config }, async () => {
    const [head, releases, readers, tables, tasks, webhooks, ...now] = await readParts(deps)
    const [appendWaitSeconds, isInstalling, deviations, ready] = now
    const databaseRelease = releases.at(-1)?.release ?? -1
    return {
      version,
      process: { name: process.name, appends: process.appends.read() },
      ready,
      position: head.position,
      appendWaitSeconds,
      lastEventAt: head.at?.toISOString() ?? null,
      now: new Date().toISOString(),
      releases: releases.map((each) => ({ ...each, installedAt: each.installedAt.toISOString() })),
      readers: readers.map(toReader),
      tables: tables.map((table) => toTable(table, readers)),
      isInstalling,
      deviations,
      tasks: tasks.map(toBacklog),
      webhooks: webhooks.map(toWebhook),
      upgrade: nextStep({ releases: await ours, databaseRelease, tables, readers }),
    }
  })
  app.get('/tables', { schema: tablesSchema, config }, async () => {
    const [readers, tables, { position }, eventTables] = await Promise.all([
      readReaders(pool),
      readTableOverviews(pool),
      readHead(pool),
      readEventTables(pool),
    ])
    const readTables = tables.map((table) => toTable(table, readers))
    return { position, ownersOperations: hasOwner, readTables, eventTables }
  })
}

/** The pool bounds how many of these run at once. The check of readiness uses another pool. */
function readParts({ pool, whyNotReady }: StatusDeps) {
  return Promise.all([
    readHead(pool),
    readInstalledReleases(pool),
    readReaders(pool),
    readTableOverviews(pool),
    readBacklog(pool),
    readWebhooks(pool),
    readAppendWait(pool),
    readIsInstalling(pool),
    readDeviations(pool),
    whyNotReady(),
  ])
}

function toReader({ name, release, holdsLeases, seenAt }: ReaderOverview) {
  return { name, release, holdsLeases, seenAt: seenAt?.toISOString() ?? null }
}

function toWebhook({ failingSince, retryAt, ...webhook }: WebhookOverview) {
  return {
    ...webhook,
    failingSince: failingSince?.toISOString() ?? null,
    retryAt: retryAt?.toISOString() ?? null,
    reason: maskAddresses(webhook.reason),
  }
}

/** A read table in a response. */
export function toTable(table: TableOverview, readers: readonly ReaderOverview[]) {
  return {
    ...table,
    liveAt: table.liveAt?.toISOString() ?? null,
    viewOf: [...table.viewOf],
    verified: table.verified && {
      ...table.verified,
      at: new Date(table.verified.at).toISOString(),
    },
    readBy: readers.filter(({ tables }) => tables.includes(table.name)).map(({ name }) => name),
  }
}

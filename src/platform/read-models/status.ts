/**
 * Status: releases, tables, the matrix and the running servers of a database, read back from its
 * catalogue. `epistle status` prints it, for operators and as JSON.
 *
 * The login of the servers may see all of it but what the schema `engine` holds; only the owner may read that.
 */

import type { ClientBase } from 'pg'
import { comparesDefinitions, type Deviation, findDeviations } from './deviations.ts'
import { MaintenanceError } from './errors.ts'
import { leaseHolders } from './lock-holders.ts'
import { findLoneHeaders, type LoneHeader } from './lone-headers.ts'
import { refuseOlderMachinery } from './machinery-version.ts'
import { readMatrix } from './matrix.ts'
import { type LastVerify, lastVerifies } from './rebuild/last-verify.ts'
import { absentReaders } from './serve/readers.ts'
import { relationExists, sourcesOf } from './tables.ts'
import { cellsOfViews, type ShownCell } from './view-cells.ts'

export interface Status {
  /** The log's last position, decimal; "0" while it is empty. */
  readonly position: string
  readonly releases: readonly { release: number; name: string; installedAt: Date }[]
  readonly eventTables: readonly {
    name: string
    release: number
    aggregate: string
    rows: number | null
  }[]
  readonly readTables: readonly {
    name: string
    release: number
    state: string
    /** The position its build has replayed up to; a live table is always up to date. */
    position: string
    /** Null where the table was dropped by hand. */
    rows: number | null
    /**
     * How many event types are projected into it; 0 for a demoted table whose demotion is complete. Null for the
     * login of the servers.
     */
    eventTypes: number | null
    /** The read tables that a demoted one is a view of. */
    viewOf: readonly string[]
    /** What the last verify found; null where there was none. */
    verified: LastVerify | null
  }[]
  /** The servers and workers that hold leases, of any release. */
  readonly running: readonly string[]
  /** Those that were seen within the last minute and hold no lease now, as after a failover. */
  readonly absent: readonly string[]
  /** This field and those below are null for the login of the servers. */
  readonly matrix: readonly ShownCell[] | null
  /** Headers of the log without rows, which prevent every replay until they are declared void. */
  readonly loneHeaders: readonly LoneHeader[] | null
  /** What is not as install made it; install repairs it. */
  readonly deviations: readonly Deviation[] | null
  /** False after a change of PostgreSQL's major version, until install records its definitions. */
  readonly comparesDefinitions: boolean | null
}

const empty: Status = {
  position: '0',
  releases: [],
  eventTables: [],
  readTables: [],
  running: [],
  absent: [],
  matrix: [],
  loneHeaders: [],
  deviations: [],
  comparesDefinitions: true,
}

/** What only the owner may see, for another login. */
const unseen = { matrix: null, loneHeaders: null, deviations: null, comparesDefinitions: null }

/** Reads everything in one snapshot, so that counts and positions agree. */
export async function readStatus(client: ClientBase): Promise<Status> {
  await client.query('begin isolation level repeatable read read only')
  try {
    const isOwner = await maySee(client)
    if (isOwner === undefined) return empty
    if (isOwner) await refuseOlderMachinery(client)
    const { rows: releases } = await client.query(
      `select release, name, installed_at as "installedAt" from log.releases order by release`,
    )
    const { rows: eventTables } = await client.query(
      `select type as name, release, aggregate from log.event_types order by release, type`,
    )
    const { rows: found } = await client.query(
      `select name, release, state, position from read.tables order by name`,
    )
    const verifies = await lastVerifies(client)
    for (const table of found) table.verified = verifies.get(table.name) ?? null
    const { rows } = await client.query(
      `select coalesce(max(position), 0)::text as position from log.events`,
    )
    const readTables = await withFeeds(client, await withRows(client, 'read', found), isOwner)
    return {
      position: rows[0].position,
      releases,
      eventTables: await withRows(client, 'log', eventTables),
      readTables,
      running: await leaseHolders(client),
      absent: await absentReaders(client),
      ...(isOwner ? await readOwnersPart(client, readTables) : unseen),
    }
  } finally {
    await client.query('rollback')
  }
}

/** Whether the login may see everything; undefined where nothing is installed. Throws MaintenanceError. */
async function maySee(client: ClientBase): Promise<boolean | undefined> {
  const { rows } = await client.query<{ log: boolean; engine: boolean }>(
    `select has_schema_privilege(l.oid, 'usage') as log, has_schema_privilege(e.oid, 'usage') as engine
     from pg_namespace l, pg_namespace e where l.nspname = 'log' and e.nspname = 'engine'`,
  )
  const [may] = rows
  if (may?.log === false) {
    throw new MaintenanceError(
      'this login may not see the log; connect as the owner of the database, or as a member of the role ' +
        'epistle_service',
    )
  }
  return may && (await relationExists(client, 'read.tables')) ? may.engine : undefined
}

async function readOwnersPart(client: ClientBase, tables: Status['readTables']) {
  const cells = await readMatrix(client)
  return {
    matrix: [...cells, ...cellsOfViews(cells, tables)],
    loneHeaders: await findLoneHeaders(client),
    deviations: await findDeviations(client),
    comparesDefinitions: await comparesDefinitions(client),
  }
}

/** Adds the number of rows to each table of a schema. */
async function withRows<T extends { name: string }>(
  client: ClientBase,
  schema: string,
  tables: T[],
): Promise<(T & { rows: number | null })[]> {
  const counted: (T & { rows: number | null })[] = []
  for (const table of tables) {
    const name = `${schema}.${client.escapeIdentifier(table.name)}`
    const count = `select count(*)::float8 as rows from ${name}`
    const found = await relationExists(client, name)
    counted.push({ ...table, rows: found ? (await client.query(count)).rows[0].rows : null })
  }
  return counted
}

/** Adds to each read table how many event types are attached, and the tables that it is a view of. */
async function withFeeds<T extends { name: string }>(
  client: ClientBase,
  tables: readonly T[],
  isOwner: boolean,
): Promise<(T & { eventTypes: number | null; viewOf: string[] })[]> {
  const read: (T & { eventTypes: number | null; viewOf: string[] })[] = []
  for (const table of tables) {
    const viewOf = (await sourcesOf(client, 'read', table.name)).map(({ name }) => name)
    const eventTypes = isOwner ? await countAttached(client, table.name) : null
    read.push({ ...table, eventTypes, viewOf })
  }
  return read
}

async function countAttached(client: ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int from engine.attached where read_table = $1',
    [table],
  )
  return rows[0]?.count ?? 0
}

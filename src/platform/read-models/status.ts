/**
 * Status: releases, tables, the matrix and the running servers of a database, read back from its
 * catalogue. `epistle status` prints it, for operators and as JSON.
 */

import type { ClientBase } from 'pg'
import { comparesDefinitions, type Deviation, findDeviations } from './deviations.ts'
import { leaseHolders } from './lock-holders.ts'
import { findLoneHeaders, type LoneHeader } from './lone-headers.ts'
import { refuseOlderMachinery } from './machinery-version.ts'
import { type Cell, readMatrix } from './matrix.ts'
import { relationExists, sourcesOf } from './tables.ts'

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
    /** How many event types are projected into it; 0 for a demoted table whose demotion is complete. */
    eventTypes: number
    /** The read tables that a demoted one is a view of. */
    viewOf: readonly string[]
  }[]
  readonly matrix: readonly Cell[]
  /** Headers of the log without rows, which prevent every replay until they are declared void. */
  readonly loneHeaders: readonly LoneHeader[]
  /** What is not as install made it; install repairs it. */
  readonly deviations: readonly Deviation[]
  /** False after a change of PostgreSQL's major version, until install records its definitions. */
  readonly comparesDefinitions: boolean
  /** The servers and workers that hold leases, of any release. */
  readonly running: readonly string[]
}

const empty: Status = {
  position: '0',
  releases: [],
  eventTables: [],
  readTables: [],
  matrix: [],
  loneHeaders: [],
  deviations: [],
  comparesDefinitions: true,
  running: [],
}

/** Reads everything in one snapshot, so that counts and positions agree. */
export async function readStatus(client: ClientBase): Promise<Status> {
  await client.query('begin isolation level repeatable read read only')
  try {
    if (!(await relationExists(client, 'read.tables'))) return empty
    await refuseOlderMachinery(client)
    const { rows: releases } = await client.query(
      `select release, name, installed_at as "installedAt" from log.releases order by release`,
    )
    const { rows: eventTables } = await client.query(
      `select type as name, release, aggregate from log.event_types order by release, type`,
    )
    const { rows: readTables } = await client.query(
      `select name, release, state, position from read.tables order by name`,
    )
    const { rows } = await client.query(
      `select coalesce(max(position), 0)::text as position from log.events`,
    )
    return {
      position: rows[0].position,
      releases,
      eventTables: await withRows(client, 'log', eventTables),
      readTables: await withFeeds(client, await withRows(client, 'read', readTables)),
      matrix: await readMatrix(client),
      loneHeaders: await findLoneHeaders(client),
      deviations: await findDeviations(client),
      comparesDefinitions: await comparesDefinitions(client),
      running: await leaseHolders(client),
    }
  } finally {
    await client.query('rollback')
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
): Promise<(T & { eventTypes: number; viewOf: string[] })[]> {
  const read: (T & { eventTypes: number; viewOf: string[] })[] = []
  for (const table of tables) {
    const { rows } = await client.query<{ count: number }>(
      'select count(*)::int from engine.attached where read_table = $1',
      [table.name],
    )
    const viewOf = (await sourcesOf(client, 'read', table.name)).map(({ name }) => name)
    read.push({ ...table, eventTypes: rows[0]?.count ?? 0, viewOf })
  }
  return read
}

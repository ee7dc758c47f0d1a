/**
 * The read tables that a database knows, and the state of each, as `read.tables` has them.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from './errors.ts'

export interface ReadTable {
  /** That of its lease. */
  readonly id: number
  readonly name: string
  readonly release: number
  readonly state: 'building' | 'live' | 'demoted' | 'retiring'
  /** The checksum of what it was made from: its own file or, once it is demoted, the view's. */
  readonly sha256: string
}

/**
 * All read tables, in an order in which each may be dropped: views of older releases, which read
 * newer ones, then tables before what they refer to. Throws MaintenanceError where nothing is installed.
 */
export async function readTables(client: ClientBase): Promise<ReadTable[]> {
  await checkInstalled(client)
  const { rows } = await client.query<ReadTable>(
    `select id, name, release, state, sha256 from read.tables
     order by state = 'demoted' desc, engine.rank_of(name) desc, release, name`,
  )
  return rows
}

/** Throws MaintenanceError where nothing is installed. */
export async function checkInstalled(client: ClientBase): Promise<void> {
  const { rows } = await client.query(`select to_regclass('read.tables') is not null as there`)
  if (rows[0].there) return
  throw new MaintenanceError('nothing is installed in this database; `epistle install` does it')
}

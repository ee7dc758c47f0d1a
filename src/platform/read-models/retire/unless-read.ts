/**
 * Transactions that change a read table only while no server or worker reads it: they take its lease exclusively, and
 * none that held it may have lost it within the last minute.
 */

import { type ClientBase, DatabaseError, type QueryResult } from 'pg'
import { leaseSpace } from '../advisory-locks.ts'
import { MaintenanceError } from '../errors.ts'
import { leaseHolders } from '../lock-holders.ts'
import { explainingAbsence, raiseIfAbsent } from '../serve/readers.ts'
import type { ReadTable } from '../tables.ts'
import type { Ending } from '../transactions.ts'
import { dropping } from './drop-read-table.ts'

/**
 * The statements that take the lease exclusively until the transaction ends. They raise object_in_use where a server
 * holds it, and `raiseIfAbsent` where one lost it while the transaction waited for the append lock.
 */
export function takeLease(client: ClientBase, { id, name }: ReadTable): string[] {
  const take = `do $$ begin
    if not pg_try_advisory_xact_lock(${leaseSpace}, ${id}) then
      raise exception using errcode = 'object_in_use', message = 'a server reads the table';
    end if;
  end $$`
  return [take, raiseIfAbsent(client, name)]
}

/** Runs a short transaction that takes the lease. Throws MaintenanceError where a server holds it. */
export async function unlessRead(
  client: ClientBase,
  { id, name }: ReadTable,
  prepare: () => Promise<Ending>,
  say: (line: string) => void,
): Promise<QueryResult[]> {
  try {
    return await explainingAbsence(name, 'retired', () => dropping(client, prepare, say))
  } catch (error) {
    // object_in_use
    if (!(error instanceof DatabaseError) || error.code !== '55006') throw error
    const readers = (await leaseHolders(client, id)).join(', ') || 'another session'
    throw new MaintenanceError(
      `${name} cannot be retired: it is read by ${readers}; stop every reader first`,
      { cause: error },
    )
  }
}

/**
 * A read table may go only while a newer version of it is live. Otherwise nothing would enforce its
 * constraints, and events could be appended that no newer version accepts, so that none could ever be built.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from '../errors.ts'
import type { ReadTable } from '../tables.ts'

/** Those of the read tables named that are live and have no newer version that is live. */
export async function withoutNewer(
  client: ClientBase,
  tables: readonly string[],
): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `select t.name from read.tables t
     where t.name = any ($1) and t.state = 'live' and not exists (
       select from read.tables newer
       where newer.state = 'live' and newer.release > t.release
         and engine.family_of(newer.name) = engine.family_of(t.name))`,
    [tables],
  )
  return new Set(rows.map(({ name }) => name))
}

export const whyItStays =
  'no newer version of it is live, so no other table enforces its constraints; run `epistle install` ' +
  'first, with a release that brings a newer version'

/** Throws MaintenanceError where a live read table has no newer version that is live. */
export async function checkNewer(
  client: ClientBase,
  { name }: Pick<ReadTable, 'name'>,
  what: 'retired' | 'demoted',
): Promise<void> {
  if (!(await withoutNewer(client, [name])).has(name)) return
  throw new MaintenanceError(`${name} cannot be ${what}: ${whyItStays}`)
}

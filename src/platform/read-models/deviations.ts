/**
 * Deviations: what is not as install made it on the tables of a database. A session of the owner can disable a
 * trigger, replace its function, add a rule or drop a constraint. Then the log or a read table is unguarded.
 */

import type { ClientBase } from 'pg'

export interface Deviation {
  readonly kind: 'trigger' | 'constraint' | 'index' | 'rule' | 'child' | 'security' | 'function'
  /** The table, with its schema. */
  readonly relation: string
  readonly name: string
  readonly change: 'missing' | 'changed' | 'added'
  /** The statement that makes the object as install made it; null where there was none. */
  readonly definition: string | null
}

/** All deviations; none in a database whose machinery does not record its objects yet. */
export async function findDeviations(client: ClientBase): Promise<Deviation[]> {
  const { rows: found } = await client.query(
    `select to_regprocedure('engine.deviations()') is not null as there`,
  )
  if (!found[0].there) return []
  return (await client.query<Deviation>('select * from engine.deviations()')).rows
}

/** Whether definitions are compared, too; not after a change to another major version of PostgreSQL. */
export async function comparesDefinitions(client: ClientBase): Promise<boolean> {
  const { rows: found } = await client.query(
    `select to_regprocedure('engine.compares_definitions()') is not null as there`,
  )
  if (!found[0].there) return true
  return (await client.query('select engine.compares_definitions() as same')).rows[0].same
}

/** Whether it is the missing or changed trigger, or a function, by which the events of a table are projected. */
export function stopsProjections({ kind, relation, name, change }: Deviation): boolean {
  // Without its append functions, a type is appended by log.append.
  if (kind === 'function') return change !== 'missing' || !/^append1?_/.test(name)
  if (kind !== 'trigger' || change === 'added') return false
  return name === '00_guard' && relation !== 'log.events'
}

/** One deviation as a phrase, e.g. `trigger 00_guard of log.events is changed`. */
export function describeDeviation({ kind, relation, name, change }: Deviation): string {
  if (kind === 'security') return `${relation} has ${name}, which was added by hand`
  if (kind === 'child') return `${name} was made to inherit from ${relation} by hand`
  const how = { missing: 'is missing', changed: 'was changed', added: 'was added by hand' }[change]
  return `${kind} ${name} of ${relation} ${how}`
}

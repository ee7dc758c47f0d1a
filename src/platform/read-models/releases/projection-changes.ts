/**
 * A new release must not change the casts and projections that made the existing rows. It may only add new
 * ones; otherwise a replay would no longer make the same rows.
 */

import type { ClientBase } from 'pg'
import { type Cell, isProjected, readMatrix } from '../matrix.ts'

/** How rows of the read tables come about, at one moment. */
export interface Projections {
  readonly cells: readonly Cell[]
  readonly functions: readonly FunctionText[]
  readonly lookUps: readonly LookUp[]
}

/** A read table whose projections look rows up in another one. */
interface LookUp {
  readonly table: string
  readonly referred: string
}

interface FunctionText {
  readonly oid: number
  readonly name: string
  readonly text: string
}

/** Reads the matrix, and the text of every function that releases have brought so far. */
export async function readProjections(client: ClientBase): Promise<Projections> {
  const cells = await readMatrix(client)
  const { rows: functions } = await client.query<FunctionText>(
    `select p.oid, p.oid::regprocedure::text as name,
       -- What the machinery generated for an event table, and may generate again.
       case when exists (select from engine.functions g where g.name = p.proname and g.body = p.prosrc)
         then 'generated' else p.prosrc end as text
     from pg_proc p where p.pronamespace in ('log'::regnamespace, 'read'::regnamespace)
       -- Generated again with each event or read table, for all of them together.
       and p.proname not in ('lock_tables', 'append_rows', 'check_read_tables', 'changes_expected')`,
  )
  const { rows: lookUps } = await client.query<LookUp>(
    `select name as table, referred
     from read.tables join engine.look_ups() using (name) order by name, referred`,
  )
  return { cells, functions, lookUps }
}

/** Everything that forbids a release: cells that must not go live, and projections that changed. */
export function findRefusals(before: Projections, after: Projections): string[] {
  return [
    ...findCellRefusals(after.cells),
    ...changedCells(before.cells, after.cells),
    ...changedFunctions(before.functions, after.functions),
    ...addedLookUps(before.lookUps, after.lookUps),
  ]
}

/** Why cells must not go live; and read tables that no event reaches, which a replay could not fill. */
export function findCellRefusals(
  cells: readonly Pick<Cell, 'readTable' | 'kind' | 'fault'>[],
): string[] {
  const reached = new Set(cells.filter(isProjected).map(({ readTable }) => readTable))
  const idle = new Set(cells.map(({ readTable }) => readTable).filter((name) => !reached.has(name)))
  return [
    ...cells.flatMap(({ fault }) => fault ?? []),
    ...[...idle].map((name) => `${name} projects no event; it needs at least one projection`),
  ]
}

/** Cells of two tables that existed before: the read table would lack the history of the new way. */
function changedCells(before: readonly Cell[], after: readonly Cell[]): string[] {
  return after
    .filter((cell) => {
      const old = before.find(
        ({ readTable, eventType }) => readTable === cell.readTable && eventType === cell.eventType,
      )
      return old && (old.kind !== cell.kind || String(old.path) !== String(cell.path))
    })
    .map(
      ({ readTable, eventType }) =>
        `${eventType} would reach ${readTable} in another way than before; ` +
        `make a new version of ${readTable}`,
    )
}

function changedFunctions(
  before: readonly FunctionText[],
  after: readonly FunctionText[],
): string[] {
  const texts = new Map(after.map(({ oid, text }) => [oid, text]))
  const replaced = before.filter(({ oid, text }) => texts.get(oid) !== text)
  if (replaced.length === 0) return []
  return [
    `${replaced.map(({ name }) => name).join(', ')} would be replaced, but functions of an installed ` +
      'release must not change; make a new version of the table or event',
  ]
}

/** Look-ups by backports: the order in which the tables are written and built must not change. */
function addedLookUps(before: readonly LookUp[], after: readonly LookUp[]): string[] {
  const known = new Set(before.map(({ table, referred }) => `${table} ${referred}`))
  return after
    .filter(({ table, referred }) => !known.has(`${table} ${referred}`))
    .map(
      ({ table, referred }) =>
        `a projection of ${table} would look rows up in ${referred}, which no earlier one does; ` +
        `make a new version of ${table}`,
    )
}

/**
 * Meaning: by which casts and projections the rows that are there came about. A new release adds to
 * it and changes nothing, or those rows would no longer be what a replay makes.
 */

import type { ClientBase } from 'pg'
import { type Cell, isProjected, readMatrix } from '../matrix.ts'

export interface Meaning {
  readonly cells: readonly Cell[]
  readonly functions: readonly FunctionText[]
}

interface FunctionText {
  readonly oid: number
  readonly name: string
  readonly text: string
}

/** The matrix, and the text of every function that releases have brought so far, each by itself. */
export async function readMeaning(client: ClientBase): Promise<Meaning> {
  const cells = await readMatrix(client)
  const { rows: functions } = await client.query<FunctionText>(
    `select p.oid, p.oid::regprocedure::text as name, p.prosrc as text
     from pg_proc p where p.pronamespace in ('log'::regnamespace, 'read'::regnamespace)
       -- Made anew with each event table, for all of them together.
       and p.proname not in ('lock_tables', 'append_rows')`,
  )
  return { cells, functions }
}

/** Every fault a release has brought in: cells that must not go live, and meaning that changed. */
export function findFaults(before: Meaning, after: Meaning): string[] {
  return [
    ...findCellFaults(after.cells),
    ...changedCells(before.cells, after.cells),
    ...changedFunctions(before.functions, after.functions),
  ]
}

/** Why cells must not go live; and read tables that no event reaches, and which can have no replay. */
export function findCellFaults(
  cells: readonly Pick<Cell, 'readTable' | 'kind' | 'fault'>[],
): string[] {
  const reached = new Set(cells.filter(isProjected).map(({ readTable }) => readTable))
  const idle = new Set(cells.map(({ readTable }) => readTable).filter((name) => !reached.has(name)))
  return [
    ...cells.flatMap(({ fault }) => fault ?? []),
    ...[...idle].map((name) => `${name} projects no event at all`),
  ]
}

/** A cell of two tables that were there before: the read table would have missed its history. */
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
    `${replaced.map(({ name }) => name).join(', ')} would be replaced, but what a release brought ` +
      'stays as it is; make a new version of the table or event',
  ]
}

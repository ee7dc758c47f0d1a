/**
 * The cells of the matrix for demoted tables. Such a table is a view, so no event is projected into it: it shows what
 * reaches the tables that it selects from. Pure.
 */

import type { Cell } from './matrix.ts'

/** `view`: the event reaches a table that this one is a view of; the path ends with that table. */
export interface ShownCell extends Omit<Cell, 'kind'> {
  readonly kind: Cell['kind'] | 'view'
}

interface Table {
  readonly name: string
  readonly state: string
  /** The read tables that a demoted one is a view of. */
  readonly viewOf: readonly string[]
}

/** The cells of the demoted tables among `tables`, by table and in the order of the event types of `cells`. */
export function cellsOfViews(cells: readonly Cell[], tables: readonly Table[]): ShownCell[] {
  const types = [...new Set(cells.map(({ eventType }) => eventType))]
  const byKey = new Map<string, ShownCell>(
    cells.map((cell) => [`${cell.readTable} ${cell.eventType}`, cell]),
  )
  const cellOf = (name: string, type: string): ShownCell | undefined => {
    const table = tables.find((each) => each.name === name)
    if (table?.state !== 'demoted') return byKey.get(`${name} ${type}`)
    const sources = table.viewOf.flatMap((source) => cellOf(source, type) ?? [])
    return throughView(name, sources)
  }
  const demoted = tables.filter(({ state }) => state === 'demoted')
  return demoted.flatMap(({ name }) => types.flatMap((type) => cellOf(name, type) ?? []))
}

/** A view of several tables shows an event that reaches any of them: by the shortest path. */
function throughView(readTable: string, sources: readonly ShownCell[]): ShownCell | undefined {
  const length = ({ path }: ShownCell) => path?.length ?? Number.POSITIVE_INFINITY
  const [nearest] = sources.toSorted((one, other) => length(one) - length(other))
  if (!nearest || nearest.path === null) return nearest && { ...nearest, readTable }
  return { ...nearest, readTable, kind: 'view', path: [...nearest.path, nearest.readTable] }
}

/** The matrix as rows of cells, and each cell in words. Pure. */

import type { Schemas } from './state.ts'

export type Cell = Schemas['Cell']

/** The letter and the meaning of each kind of cell, in the order of the legend. */
export const kinds = {
  direct: { letter: 'D', means: 'Direct: a projection for this event type' },
  up: { letter: 'U', means: 'Up: the event is cast to a newer type' },
  down: { letter: 'O', means: 'Down: the event is cast to an older type' },
  backport: { letter: 'B', means: 'Backport: a projection that a later release added' },
  view: { letter: 'V', means: 'View: the table is a view of a newer one, which the event reaches' },
  ignored: { letter: 'I', means: 'Ignored: the release declares that the table ignores it' },
  none: { letter: '', means: 'None: the type is newer than the table, which does not need it' },
} as const

export interface Grid {
  readonly tables: readonly string[]
  readonly rows: readonly { readonly type: string; readonly cells: readonly (Cell | undefined)[] }[]
}

/** Rows and columns in the order of the cells: tables by rank, event types by release. */
export function toGrid(cells: readonly Cell[]): Grid {
  const byKey = new Map(cells.map((cell) => [`${cell.readTable} ${cell.eventType}`, cell]))
  const tables = [...new Set(cells.map(({ readTable }) => readTable))]
  const types = [...new Set(cells.map(({ eventType }) => eventType))]
  return {
    tables,
    rows: types.map((type) => ({
      type,
      cells: tables.map((table) => byKey.get(`${table} ${type}`)),
    })),
  }
}

/** The event type, the casts and the read table, in the order in which an event passes them. */
export function chainOf({ eventType, path, readTable }: Cell): readonly string[] {
  return path === null ? [] : [eventType, ...path.filter((type) => type !== eventType), readTable]
}

/** Whether a cell of a table that is being built lies in the part that is filled. */
export function isFilled(row: number, rows: number, part: number): boolean {
  return row < Math.floor(part * rows)
}

/** The cell that an arrow key, Home or End leads to; undefined for other keys. */
export function neighbour(
  key: string,
  [row, column]: readonly [number, number],
  { rows, tables }: Grid,
): readonly [number, number] | undefined {
  const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, value))
  switch (key) {
    case 'ArrowUp':
    case 'ArrowDown':
      return [clamp(row + (key === 'ArrowUp' ? -1 : 1), rows.length), column]
    case 'ArrowLeft':
    case 'ArrowRight':
      return [row, clamp(column + (key === 'ArrowLeft' ? -1 : 1), tables.length)]
    case 'Home':
      return [row, 0]
    case 'End':
      return [row, tables.length - 1]
    default:
      return undefined
  }
}

// The matrix of event types and read tables, written out by hand: by which call each event reaches
// each read table.
import { type Cells, cellsOfVersion1 } from './cells-of-version-1.ts'
import { newerCells } from './newer-cells.ts'

/** By release. */
export const cellsByRelease: readonly Cells[] = [...cellsOfVersion1, ...newerCells]

/**
 * The projections of a database of a release, `<event table>: <read table> <call>`, by event table and in the
 * order in which they are run.
 */
export function expectedProjections(release: number, tables?: readonly string[]): string[] {
  return cellsByRelease
    .slice(0, release + 1)
    .flatMap((cells) => Object.entries(cells))
    .flatMap(([event, lines]) => lines.map((line) => `${event}: ${line}`))
    .sort()
    .map((line) => line.replace(/: \d\d_/, ': '))
    .filter((line) => !tables || tables.includes(line.split(' ')[1] ?? ''))
}

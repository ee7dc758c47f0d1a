// The matrix of event types and read tables, written out by hand: by which call each event reaches
// each read table.
import { type Cells, cellsOfVersion1 } from './cells-of-version-1.ts'
import { newerCells } from './newer-cells.ts'

/** The projections that have a form for one event beside that for several, and since which release. */
const bothForms: Readonly<Record<string, number>> = {
  'message_sent_3: messages_10': 10,
  'message_sent_3: blocks_17': 17,
  'message_sent_3: conversations_4': 18,
  'message_sent_3: message_senders_7': 18,
  'message_sent_3: message_statistics_7': 18,
}

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

/** The same calls for one event that is appended alone. */
export function expectedAlone(release: number, tables?: readonly string[]): string[] {
  return expectedProjections(release, tables).map((line) => {
    const [cell = '', table = '', call = ''] =
      /^(\S+: (\S+)) \S+?\((.*)\)$/.exec(line)?.slice(1) ?? []
    const cast = /^array\(select (.*)\(e\)(\)*) from unnest\(p_events\) e\)$/.exec(call)
    const event = cast ? `${cast[1]}(event)${cast[2]}` : call.replace('p_events', 'event')
    const takesArray = call.includes('p_events') && release < (bothForms[cell] ?? Infinity)
    return `${cell} ${table}_on(${takesArray ? `array[${event}]` : event})`
  })
}

/** `GET /users/me/export` in the OpenAPI document: a union of its lines, by type. */

import { z } from 'zod'
import { eventData, eventLine, firstLine, type LineType, lastLine } from './lines.ts'

/** The line of an event of a type. */
export function lineOf(type: LineType) {
  const data = eventData[type]
  return eventLine.extend({ type: z.literal(type), data }).describe(data.description as string)
}

/** Every line that an export can have. */
export const exportLineShape = z
  .union([firstLine, ...(Object.keys(eventData) as LineType[]).map(lineOf), lastLine])
  .meta({
    id: 'ExportLine',
    description: 'A line of an export, by `type`. More types may be added',
  })

const description = `Returns newline-delimited JSON: a line for each event of the log that concerns you, in the order in which
they were recorded, up to the position in \`Epistle-Position\`. The schema \`ExportLine\` has the shape of each line,
and \`openapi/export.md\` describes them. An export is complete when its last line is \`export_ended\`.

It contains your messages in every version that you wrote, and the messages of others to you as they are now. It
contains no password, no token, and no hash of one. The end of the session ends the download. A user can download
one export at a time. When a server has no room for another one, the network with the most loses its oldest,
which then has no last line.`

export const exportSchema = {
  operationId: 'exportAccount',
  tags: ['users'],
  summary: 'Download everything recorded about you',
  description,
  response: {
    200: {
      description: 'One JSON object per line',
      content: { 'application/x-ndjson': { schema: exportLineShape } },
    },
  },
}

/** `export.md`: a description of each line of an export, made from the shapes that the server uses. */

import { z } from 'zod'
import { eventData, eventLine, firstLine, lastLine } from '../src/features/account-export/lines.ts'

const introduction = `# The lines of an export

\`GET /users/me/export\` returns newline-delimited JSON: everything that the service has recorded about you, one event a
line, in the order in which it was recorded.

    curl -H "Authorization: Bearer $TOKEN" $URL/users/me/export > export.ndjson
    tail -1 export.ndjson   # {"type":"export_ended","events":…}: the export is complete

The schema \`ExportLine\` of [openapi.json](openapi.json) has the same lines. Later versions may add types and members.
Times are RFC 3339 in UTC, ids are UUIDs, and positions are decimal strings.`

type Shape = z.ZodObject

interface Property {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly const?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Property[]
  readonly description?: string
}

const formats: Record<string, string> = { uuid: 'id', 'date-time': 'time' }

function kindOf({ type, format, enum: values, const: only, anyOf }: Property): string {
  if (anyOf) return anyOf.map(kindOf).join(' or ')
  if (only !== undefined) return `\`${only}\``
  if (values) return values.map((value) => `\`${value}\``).join(' or ')
  return (format && formats[format]) ?? [type ?? 'object'].flat().join(' or ')
}

function membersOf(shape: Shape): string {
  const { properties = {} } = z.toJSONSchema(shape) as { properties?: Record<string, Property> }
  return Object.entries(properties)
    .filter(([name]) => name !== 'type')
    .map(([name, property]) => `\`${name}\`: ${kindOf(property)}`)
    .join(', ')
}

/** The text of the page. */
export function exportPage(): string {
  const rows = Object.entries(eventData).map(
    ([type, data]) => `| \`${type}\` | ${membersOf(data)} | ${data.description} |`,
  )
  return `${[
    introduction,
    '## First and last line',
    `The first line has the type \`export_started\` and the members ${membersOf(firstLine)}. The export contains every event about you up to the position \`upTo\` of the log.`,
    `The last line has the type \`export_ended\` and ${membersOf(lastLine)}. \`events\` is the number of lines between the two. Without this line, the export is incomplete.`,
    '## Events',
    `Each other line is an event with \`type\`, \`data\` and ${membersOf(eventLine)}. \`request\` is what the service recorded about your request: ids for tracing, \`clientId\`, the language of a registration, and \`device\` of a login: a pseudonym, the same for each login with one browser and system from one network.`,
    ['| `type` | `data` | meaning |', '|---|---|---|', ...rows].join('\n'),
    `An export contains no password, no token, and no hash of one. Of other users it contains their ids and the messages they sent you.`,
  ].join('\n\n')}\n`
}

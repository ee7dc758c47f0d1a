/**
 * The lines of an export: one shape for each type of event, and which data of an event a line contains. The shape is the
 * list: data that it does not name, such as hashes of passwords and tokens, is in no line.
 */

import { z } from 'zod'
import { toData } from '../../platform/event-store/event-columns.ts'
import type { PersonalEventRow } from './queries.ts'

const id = z.uuid()
const instant = z.iso.datetime()
const position = z.string()

/** The data of each event type: its name without the release, so that a new version of the type keeps its line. */
export const eventData = {
  user_registered: z
    .strictObject({ id, email: z.string(), username: z.string().nullable() })
    .describe('You registered'),
  email_verified: z
    .strictObject({ email: z.string() })
    .describe('You verified this e-mail address'),
  user_left: z
    .strictObject({ email: z.string(), username: z.string().nullable() })
    .describe('You deleted your account. You gave up this address and this username'),
  user_restored: z
    .strictObject({ email: z.string(), username: z.string().nullable() })
    .describe('You restored your account, with this address and this username'),
  user_forgotten: z
    .strictObject({})
    .describe('Your personal data were erased. After that, no session can export them'),
  username_changed: z
    .strictObject({
      username: z.string(),
      oldUsername: z.string().nullable(),
      reservedUntil: instant.nullable(),
    })
    .describe('Your username changed. The earlier one is reserved for you until then'),
  password_changed: z
    .strictObject({ sessionId: id.nullable() })
    .describe(
      'Your password changed, which ended all sessions but this one. No line contains a password',
    ),
  password_rehashed: z
    .strictObject({})
    .describe('Your password was stored again with a stronger hash'),
  registration_repeated: z
    .strictObject({})
    .describe('Another registration used your address, and you got an e-mail about it'),
  mail_token_issued: z
    .strictObject({
      purpose: z.enum(['password_reset', 'email_verification']),
      expiresAt: instant,
    })
    .describe('You were sent an e-mail with a link. No line contains its token'),
  email_change_requested: z
    .strictObject({ email: z.string(), expiresAt: instant })
    .describe('You asked for another address, which got an e-mail. No line contains its token'),
  email_reversal_offered: z
    .strictObject({ changeId: id, expiresAt: instant })
    .describe('Your earlier address got an e-mail with a link that takes this change back'),
  restoration_offered: z
    .strictObject({ expiresAt: instant })
    .describe(
      'You got an e-mail with a link that restores your account. No line contains its token',
    ),
  email_changed: z
    .strictObject({
      id,
      email: z.string(),
      oldEmail: z.string(),
      oldVerified: z.boolean(),
      reverts: id.nullable(),
    })
    .describe('You have another address. `reverts` is the change that this one takes back'),
  user_suspended: z
    .strictObject({ reason: z.string() })
    .describe('The operators of the service suspended your account, which ended all sessions'),
  user_reinstated: z.strictObject({}).describe('The operators reinstated your account'),
  session_started: z
    .strictObject({
      id,
      userAgent: z.string().nullable(),
      label: z.string().nullable(),
      expiresAt: instant,
      idleDays: z.int().nullable(),
      endsAt: instant.nullable(),
      usedAt: instant.nullable(),
    })
    .describe(
      'You logged in. `usedAt` is the last use of the session, to the day, for as long as the service keeps it. No line contains its token',
    ),
  session_labelled: z
    .strictObject({ id, label: z.string().nullable() })
    .describe('You labelled a session, or removed its label'),
  session_ended: z.strictObject({ id }).describe('A session ended'),
  message_sent: z.strictObject({ id, to: id, content: z.string() }).describe('You sent a message'),
  message_edited: z
    .strictObject({ messageId: id, to: id, content: z.string() })
    .describe('You edited a message'),
  message_deleted: z.strictObject({ messageId: id, to: id }).describe('You deleted a message'),
  message_received: z
    .strictObject({
      id,
      from: id,
      content: z.string().nullable(),
      editedAt: instant.nullable(),
      deletedAt: instant.nullable(),
    })
    .describe(
      'Another user sent you a message. The line has its present content, which is null if its sender deleted it',
    ),
  conversation_read: z
    .strictObject({ by: id, with: id, upTo: id })
    .describe(
      'The user `by` read the messages of the user `with`, up to this one. You are one of the two',
    ),
  message_reported: z
    .strictObject({ id, messageId: id, reportedId: id, reason: z.string() })
    .describe('You reported a message of another user'),
  report_settled: z
    .strictObject({ reportId: id, outcome: z.enum(['upheld', 'dismissed']) })
    .describe('The operators settled your report'),
  user_blocked: z.strictObject({ blockedId: id }).describe('You blocked a user'),
  user_unblocked: z.strictObject({ blockedId: id }).describe('You unblocked a user'),
} as const

export type LineType = keyof typeof eventData

const request = z.strictObject({
  requestId: z.string().optional(),
  traceId: z.string().optional(),
  clientId: z.string().optional(),
  language: z.string().optional(),
  device: z
    .string()
    .optional()
    .describe('Of a login: a pseudonym of the device, the same for all its logins'),
})

/** What every line of an event has besides its type and data. */
export const eventLine = z.strictObject({
  position,
  occurredAt: instant,
  request: request
    .optional()
    .describe('What the service recorded about the request, if it was yours'),
})

/** The first line. */
export const firstLine = z.strictObject({
  type: z.literal('export_started'),
  userId: id,
  upTo: position.describe(
    'The export contains every event about you up to this position of the log',
  ),
  exportedAt: instant,
})

/** The last line. Without it, the export is incomplete. */
export const lastLine = z.strictObject({
  type: z.literal('export_ended'),
  events: z.int().describe('The number of lines between the first and the last one'),
})

/** The line of an event, as text with a line break. Throws for an event of a type without a line. */
export function toLine(userId: string, row: PersonalEventRow): string {
  const type = typeOf(row)
  return toText({
    type,
    position: row.position,
    occurredAt: row.recordedAt,
    request:
      row.metadata.actor === userId || type === 'user_registered' ? requestOf(row) : undefined,
    data: dataOf(type, row),
  })
}

/** A line as text, with its line break. */
export function toText(line: object): string {
  return `${JSON.stringify(line)}\n`
}

function typeOf({ type, isReceived }: PersonalEventRow): LineType {
  const name = type.replace(/_\d+$/, '')
  if (name === 'message_sent' && isReceived) return 'message_received'
  if (!(name in eventData)) throw new Error(`exports have no line for the event type ${type}`)
  return name as LineType
}

function requestOf({ metadata }: PersonalEventRow) {
  const { requestId, traceId, clientId, language, device } = metadata
  return { requestId, traceId, clientId, language, device }
}

function dataOf(type: LineType, row: PersonalEventRow): Record<string, unknown> {
  const { content, editedAt, deletedAt, usedAt } = row
  const { srcId: from, dstId: to, userId: by, withId, ...data } = toData(row.data ?? {})
  const all: Record<string, unknown> = { ...data, from, to, by, with: withId, usedAt }
  if (type === 'message_received') Object.assign(all, { content, editedAt, deletedAt })
  return Object.fromEntries(
    Object.entries(eventData[type].shape).map(([key, schema]) => [key, inForm(schema, all[key])]),
  )
}

/** The value of a line: a time in the format of all responses, which differs from the one that PostgreSQL writes. */
function inForm(schema: z.ZodType, value: unknown = null): unknown {
  const isTime = (schema instanceof z.ZodNullable ? schema.unwrap() : schema) === instant
  return isTime && typeof value === 'string' ? new Date(value).toISOString() : value
}

/** The schemas of sessions in requests and responses, shared with registration. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Recorded } from '../../platform/event-store/event.ts'
import { handOver } from '../../platform/http/session-cookie.ts'
import { text, uuid } from '../../platform/http/strings.ts'
import type { SessionRow } from './queries.ts'

/** How many characters of a `User-Agent` are kept. */
const maxUserAgent = 256

/** The limit that `sessionLabel` checks, in code points. */
export const sessionRules = { labelMaxLength: 100 } as const

/** A name for the session, such as "phone". */
export const sessionLabel = text({
  min: 1,
  max: sessionRules.labelMaxLength,
  trim: true,
  isName: true,
}).meta({
  description:
    'A name by which the user recognizes the session. Spaces around it are removed. Control characters, line ' +
    'breaks and characters that change the direction of text are rejected',
  example: 'My phone',
})

/** What a session shows its user about the login. */
export interface Device {
  /** The `User-Agent` of the login, cut to what a session stores. */
  readonly userAgent?: string | undefined
  readonly label?: string | undefined
}

export const asCookie = z
  .boolean()
  .meta({ description: 'Return the token in a cookie, for pages of the same site' })

/** A session that has just begun, with the only copy of its token. */
export interface NewSession extends Recorded {
  readonly id: string
  readonly token: string
  readonly expiresAt: Date
}

export const newSessionShape = {
  id: uuid,
  token: z
    .string()
    .optional()
    .meta({ description: 'Absent with `"cookie": true`: the token is in the cookie alone' }),
  expiresAt: z.iso.datetime(),
}

export const sessionShape = z
  .strictObject({
    id: uuid,
    startedAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().meta({
      description: 'The time of the first use on the last day (UTC) on which it was used',
    }),
    expiresAt: z.iso.datetime().meta({
      description: 'When it expires unless it is used again. A use on a later day (UTC) moves it',
    }),
    userAgent: z
      .string()
      .nullable()
      .meta({
        description: `The \`User-Agent\` of the login, its first ${maxUserAgent} characters`,
      }),
    label: z.string().nullable().meta({ description: 'The name that the user gave it' }),
    current: z.boolean().meta({ description: 'True for the session of this request' }),
  })
  .meta({ id: 'Session' })

export function toSession(row: SessionRow, currentId: string): z.input<typeof sessionShape> {
  const { id, startedAt, lastUsedAt, expiresAt, userAgent, label } = row
  return { id, startedAt, lastUsedAt, expiresAt, userAgent, label, current: id === currentId }
}

/** Hands a new session over: its token in the body, or in a cookie of the response. */
export function handOverSession(
  reply: FastifyReply,
  { id, token, expiresAt }: NewSession,
  cookie?: boolean,
) {
  return { id, ...handOver(reply, token, cookie), expiresAt: expiresAt.toISOString() }
}

/** What the session of a login shows about the device. */
export function deviceOf({ headers }: FastifyRequest, label?: string): Device {
  const userAgent = headers['user-agent']?.slice(0, maxUserAgent)
  return { ...(userAgent && { userAgent }), ...(label && { label }) }
}

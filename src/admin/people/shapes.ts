/** Users and reports as operators see them, in responses. */

import { z } from 'zod'
import { uuid } from '../../platform/http/strings.ts'

const time = z.iso.datetime()

export const accountShape = z
  .strictObject({
    id: uuid,
    email: z.string().nullable().meta({ description: 'Null if the user has left or was erased' }),
    emailVerified: z.boolean(),
    username: z.string().nullable(),
    registeredAt: time,
    suspension: z
      .strictObject({ since: time, reason: z.string(), actor: z.string() })
      .nullable()
      .meta({ description: 'Null if the user is not suspended' }),
    restorableUntil: time.nullable().meta({
      description: 'Until when the user, who deleted the account, can restore it; else null',
    }),
    departedAt: time.nullable().meta({ description: 'When the personal data were erased' }),
    activeSessions: z.int(),
    reports: z.strictObject({ open: z.int(), upheld: z.int(), dismissed: z.int() }).meta({
      description: 'Reports of messages that the user sent',
    }),
    history: z
      .array(
        z.strictObject({
          occurredAt: time,
          type: z.string(),
          operator: z.string().nullable().meta({ description: "Null for the user's own acts" }),
        }),
      )
      .meta({ description: 'The last 20 events of the account, the last one first' }),
  })
  .meta({ id: 'Account' })

export const personShape = z
  .strictObject({ id: uuid, username: z.string().nullable(), registeredAt: time })
  .meta({ id: 'Person' })

export const reportShape = z
  .strictObject({
    id: uuid,
    reporterId: uuid,
    reporter: z.string().nullable().meta({ description: 'The username' }),
    reportedId: uuid,
    reported: z.string().nullable(),
    messageId: uuid,
    reason: z.string(),
    content: z.string().nullable().meta({
      description: 'The message as it was when it was reported; empty if its text was erased',
    }),
    reportedAt: time,
    outcome: z
      .enum(['upheld', 'dismissed'])
      .nullable()
      .meta({ description: 'Null while it is open' }),
    actor: z.string().nullable(),
    note: z.string().nullable(),
    settledAt: time.nullable(),
  })
  .meta({ id: 'Report' })

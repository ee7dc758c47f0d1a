/** Users and reports as operators see them, in responses. */

import { z } from 'zod'
import type { Account } from '../../features/moderation/account.ts'
import { personStates } from '../../features/moderation/people.ts'
import type { ReportRow } from '../../features/moderation/queries.ts'
import { uuid } from '../../platform/http/strings.ts'
import { maskedShape } from '../log/shapes.ts'

const time = z.iso.datetime()

export const accountShape = z
  .strictObject({
    id: uuid,
    email: z.string().nullable().meta({
      description: 'Null if it is in `masked`, or if the user has left or was erased',
    }),
    emailVerified: z.boolean(),
    username: z.string().nullable(),
    formerEmail: z.string().nullable().meta({
      description: 'The address that a restoration brings back; null if it is in `masked`',
    }),
    formerUsername: z
      .string()
      .nullable()
      .meta({ description: 'The username that a restoration brings back' }),
    masked: maskedShape,
    registeredAt: time,
    suspension: z
      .strictObject({
        since: time,
        reason: z.string().nullable().meta({
          description: 'Null if `masked` has `suspension.reason`; empty if it was erased',
        }),
        actor: z.string(),
      })
      .nullable()
      .meta({ description: 'Null if the user is not suspended' }),
    restorableUntil: time.nullable().meta({
      description: 'Until when the user, who deleted the account, can restore it; else null',
    }),
    departedAt: time.nullable().meta({ description: 'When the personal data were erased' }),
    erasedBy: z
      .string()
      .nullable()
      .meta({ description: 'The operator who erased them; else null' }),
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
  .strictObject({
    id: uuid,
    username: z.string().nullable(),
    registeredAt: time,
    state: z.enum(personStates).meta({
      description:
        '`leaving` if the user deleted the account and can still restore it, whether suspended or not',
    }),
  })
  .meta({ id: 'Person' })

export const reportShape = z
  .strictObject({
    id: uuid,
    reporterId: uuid,
    reporter: z.string().nullable().meta({ description: 'The username' }),
    reportedId: uuid,
    reported: z.string().nullable(),
    messageId: uuid,
    reason: z.string().nullable().meta({
      description: 'Null if it is in `masked`; empty if it was erased',
    }),
    content: z.string().nullable().meta({
      description:
        'The message as it was when it was reported; null if it is in `masked`, empty if its text was erased',
    }),
    masked: maskedShape,
    reportedAt: time,
    isOpen: z.boolean().meta({
      description: 'False once it is settled, or the personal data of its reporter were erased',
    }),
    outcome: z
      .enum(['upheld', 'dismissed'])
      .nullable()
      .meta({ description: 'Null until it is settled' }),
    actor: z.string().nullable(),
    note: z.string().nullable(),
    settledAt: time.nullable(),
  })
  .meta({ id: 'Report' })

const addresses = ['email', 'formerEmail'] as const

/** An account as responses contain it. Its addresses and the reason of a suspension are personal data. */
export function toAccount(account: Account, shown = false): z.output<typeof accountShape> {
  const { formerOwners: _, ...rest } = account
  if (shown) return { ...rest, masked: [] }
  const { suspension } = account
  return {
    ...{ ...rest, email: null, formerEmail: null },
    suspension: suspension && { ...suspension, reason: suspension.reason && null },
    masked: [
      ...addresses.filter((name) => account[name] !== null),
      ...(suspension?.reason ? ['suspension.reason'] : []),
    ],
  }
}

const texts = ['reason', 'content'] as const

/** A report as responses contain it. The texts of its two users are personal data; an erased one is empty. */
export function toReport(report: ReportRow, shown: boolean): z.output<typeof reportShape> {
  if (shown) return { ...report, masked: [] }
  const { reason, content } = report
  const masked = texts.filter((name) => report[name])
  return { ...report, reason: reason && null, content: content && null, masked }
}

/** The events of suspensions and reports, in their newest shape. */

import { type PublishedShapes, publish } from '../../platform/feed/shapes.ts'

/** An operator suspended a user: sessions ended, and neither logins nor messages are accepted. */
export interface UserSuspended {
  readonly type: 'UserSuspended'
  readonly data: {
    /** Of the suspension's stream. */
    readonly id: string
    readonly userId: string
    readonly reason: string
    /** The name of the operator. */
    readonly actor: string
  }
}

/** An operator ended the suspension. */
export interface UserReinstated {
  readonly type: 'UserReinstated'
  readonly data: { readonly id: string; readonly userId: string; readonly actor: string }
}

export type SuspensionEvent = UserSuspended | UserReinstated

/** The recipient of a message reported it. */
export interface MessageReported {
  readonly type: 'MessageReported'
  readonly data: {
    readonly id: string
    /** The reporter. */
    readonly userId: string
    readonly messageId: string
    /** The sender of the message. */
    readonly reportedId: string
    readonly reason: string
  }
}

/** Whether the operator agreed with the report. */
export const outcomes = ['upheld', 'dismissed'] as const

export type Outcome = (typeof outcomes)[number]

/** An operator settled a report. */
export interface ReportSettled {
  readonly type: 'ReportSettled'
  readonly data: {
    readonly reportId: string
    /** The reporter. */
    readonly userId: string
    readonly outcome: Outcome
    readonly actor: string
    readonly note: string | null
  }
}

export type ReportEvent = MessageReported | ReportSettled

/** What other systems get of these events. */
export const published = {
  user_suspended_17: publish<UserSuspended>(
    'suspension',
    'An operator suspended a user, which ended every session',
    {
      id: 'open',
      userId: 'open',
      reason: 'personal',
      actor: 'personal',
    },
  ),
  user_reinstated_17: publish<UserReinstated>('suspension', 'An operator reinstated a user', {
    id: 'open',
    userId: 'open',
    actor: 'personal',
  }),
  message_reported_17: publish<MessageReported>(
    'report',
    'The recipient of a message reported it. `reportedId` is its sender',
    { id: 'open', userId: 'open', messageId: 'open', reportedId: 'open', reason: 'personal' },
  ),
  report_settled_17: publish<ReportSettled>('report', 'An operator settled a report', {
    reportId: 'open',
    userId: 'open',
    outcome: 'open',
    actor: 'personal',
    note: 'personal',
  }),
} as const satisfies PublishedShapes

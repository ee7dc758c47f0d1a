/** The events of suspensions and reports, in their newest shape. */

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

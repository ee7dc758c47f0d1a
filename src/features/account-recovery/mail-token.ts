/**
 * The aggregate of a mail's token: which tokens were issued for the mail, one for each user. The read table
 * shows whether a token was used, or replaced by a newer mail.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { serviceUserId } from '../users/queries.ts'
import type { Grant, MailTokenEvent } from './events.ts'

export interface IssueToken {
  readonly type: 'IssueToken'
  readonly id: string
  readonly userId: string
  readonly grant: Grant
  readonly tokenHash: string
  readonly expiresAt: Date
}

/** The hash of the token that was first issued for the mail, by the id of its user. */
export interface MailToken {
  readonly hashOf: Readonly<Record<string, string>>
}

export const mailToken: Aggregate<MailToken, IssueToken, MailTokenEvent> = {
  view: 'mail_token_stream_15',
  tables: {
    MailTokenIssued: 'mail_token_issued_8',
    EmailChangeRequested: 'email_change_requested_13',
    EmailReversalOffered: 'email_reversal_offered_13',
    RestorationOffered: 'restoration_offered_15',
  },
  initialState: { hashOf: {} },
  evolve,
  decide,
}

function evolve(state: MailToken, event: MailTokenEvent): MailToken {
  switch (event.type) {
    case 'MailTokenIssued':
    case 'EmailChangeRequested':
    case 'EmailReversalOffered':
    case 'RestorationOffered':
      return { hashOf: { [event.data.userId]: event.data.tokenHash, ...state.hashOf } }
    default:
      return event satisfies never
  }
}

/**
 * A retry of the mail changes nothing, whichever token its worker derives. A mail to another user than
 * before, who registered the address meanwhile, needs a token of its own.
 */
function decide(command: IssueToken, state: MailToken): readonly MailTokenEvent[] {
  const { id, userId, grant, tokenHash } = command
  if (userId in state.hashOf) return []
  // The mail is no longer due, such as after its quota was used up. It has had its event.
  if (userId === serviceUserId && Object.keys(state.hashOf).length > 0) return []
  return [toEvent(grant, { id, userId, tokenHash, expiresAt: command.expiresAt.toISOString() })]
}

function toEvent(
  grant: Grant,
  data: { id: string; userId: string; tokenHash: string; expiresAt: string },
): MailTokenEvent {
  switch (grant.purpose) {
    case 'email_change':
      return { type: 'EmailChangeRequested', data: { ...data, email: grant.email } }
    case 'email_reversal':
      return { type: 'EmailReversalOffered', data: { ...data, changeId: grant.changeId } }
    case 'restoration':
      return { type: 'RestorationOffered', data: { ...data, leavingId: grant.leavingId } }
    default:
      return { type: 'MailTokenIssued', data: { ...data, purpose: grant.purpose } }
  }
}

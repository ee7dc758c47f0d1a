/**
 * The aggregate of a mail's token: which tokens were issued for the mail, one for each user. The read table
 * shows whether a token was used, or replaced by a newer mail.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import { serviceUserId } from '../users/queries.ts'
import type { MailTokenEvent, Purpose } from './events.ts'

export interface IssueToken {
  readonly type: 'IssueToken'
  readonly id: string
  readonly userId: string
  readonly purpose: Purpose
  readonly tokenHash: string
  readonly expiresAt: Date
}

/** The hash of the token that was first issued for the mail, by the id of its user. */
export interface MailToken {
  readonly hashOf: Readonly<Record<string, string>>
}

export const mailToken: Aggregate<MailToken, IssueToken, MailTokenEvent> = {
  view: 'mail_token_stream_8',
  tables: { MailTokenIssued: 'mail_token_issued_8' },
  initialState: { hashOf: {} },
  evolve,
  decide,
}

function evolve(state: MailToken, event: MailTokenEvent): MailToken {
  switch (event.type) {
    case 'MailTokenIssued':
      return { hashOf: { [event.data.userId]: event.data.tokenHash, ...state.hashOf } }
    default:
      return event.type satisfies never
  }
}

/**
 * A retry of the mail changes nothing, whichever token its worker derives. A mail to another user than
 * before, who registered the address meanwhile, needs a token of its own.
 */
function decide(command: IssueToken, state: MailToken): readonly MailTokenEvent[] {
  const { type: _, expiresAt, ...rest } = command
  if (rest.userId in state.hashOf) return []
  // The mail is no longer due, such as after its quota was used up. It has had its event.
  if (rest.userId === serviceUserId && Object.keys(state.hashOf).length > 0) return []
  return [{ type: 'MailTokenIssued', data: { ...rest, expiresAt: expiresAt.toISOString() } }]
}

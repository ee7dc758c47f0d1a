/**
 * The aggregate of a mail's token: which tokens were issued for the mail. The read table shows whether a
 * token was used, or replaced by a newer mail.
 */

import type { Aggregate } from '../../platform/event-store/aggregate.ts'
import type { MailTokenEvent, Purpose } from './events.ts'

export interface IssueToken {
  readonly type: 'IssueToken'
  readonly id: string
  readonly userId: string
  readonly purpose: Purpose
  readonly tokenHash: string
  readonly expiresAt: Date
}

/** The hashes of the tokens issued for the mail: one for each worker that tried to send it. */
export interface MailToken {
  readonly tokenHashes: readonly string[]
}

export const mailToken: Aggregate<MailToken, IssueToken, MailTokenEvent> = {
  view: 'mail_token_stream_8',
  tables: { MailTokenIssued: 'mail_token_issued_8' },
  initialState: { tokenHashes: [] },
  evolve,
  decide,
}

function evolve(state: MailToken, event: MailTokenEvent): MailToken {
  switch (event.type) {
    case 'MailTokenIssued':
      return { tokenHashes: [...state.tokenHashes, event.data.tokenHash] }
    default:
      return event.type satisfies never
  }
}

/** Issuing the same token again, in a retry of the mail, changes nothing. */
function decide(command: IssueToken, state: MailToken): readonly MailTokenEvent[] {
  const { type: _, expiresAt, ...rest } = command
  if (state.tokenHashes.includes(rest.tokenHash)) return []
  return [{ type: 'MailTokenIssued', data: { ...rest, expiresAt: expiresAt.toISOString() } }]
}

// The token of a mail, issued as a worker does, for tests that open its link without a mail.
import type { Grant } from '../../src/features/account-recovery/events.ts'
import { mailToken } from '../../src/features/account-recovery/mail-token.ts'
import type { EventStore } from '../../src/platform/event-store/event-store.ts'
import { uuidV7 } from '../../src/platform/event-store/uuid-v7.ts'
import { hashToken } from '../../src/platform/tokens.ts'

/** Issues a token that is valid for a day. */
export async function issueToken(store: EventStore, userId: string, grant: Grant): Promise<string> {
  const id = uuidV7()
  const expiresAt = new Date(Date.now() + 86_400_000)
  const issue = { id, userId, grant, tokenHash: hashToken(id), expiresAt }
  const events = mailToken.decide({ type: 'IssueToken', ...issue }, mailToken.initialState)
  await store.append({ aggregate: mailToken, streamId: id, expectedVersion: 0, events })
  return id
}

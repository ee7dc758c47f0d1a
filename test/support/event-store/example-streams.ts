// The examples of stories.ts as streams, which a database accepts in this order, with each aggregate reduced to the list
// of its events. A test finds an event that is missing here.
import { mailToken } from '../../../src/features/account-recovery/mail-token.ts'
import { block } from '../../../src/features/blocks/block.ts'
import { conversation } from '../../../src/features/conversations/conversation.ts'
import { message } from '../../../src/features/messages/message.ts'
import { report } from '../../../src/features/moderation/report.ts'
import { suspension } from '../../../src/features/moderation/suspension.ts'
import { session } from '../../../src/features/sessions/session.ts'
import { registration } from '../../../src/features/users/registration.ts'
import { user } from '../../../src/features/users/user.ts'
import type { Aggregate } from '../../../src/platform/event-store/aggregate.ts'
import type { DomainEvent } from '../../../src/platform/event-store/event.ts'
import * as stories from './stories.ts'

export type Recording = Aggregate<readonly DomainEvent[], never, DomainEvent>

/** An aggregate with the view and tables of a real one, whose state is the list of its events. */
function recording({ view, tables }: Pick<Recording, 'view' | 'tables'>): Recording {
  const evolve: Recording['evolve'] = (events, event) => [...events, event]
  return { view, tables, initialState: [], evolve, decide: () => [] }
}

export const users = recording(user)
const sessions = recording(session)
const messages = recording(message)
const conversations = recording(conversation)
const blocks = recording(block)
const mailTokens = recording(mailToken)
const registrations = recording(registration)
const suspensions = recording(suspension)
const reports = recording(report)
export const recordings = [
  ...[users, sessions, messages, conversations, blocks, mailTokens, registrations],
  ...[suspensions, reports],
]

/** A stream, its aggregate, and its events in order. */
export const exampleStreams = [
  { aggregate: users, streamId: stories.bobId, events: [stories.bobRegistered] },
  {
    aggregate: users,
    streamId: stories.annId,
    events: [
      stories.annRegistered,
      stories.passwordChanged,
      stories.passwordRehashed,
      stories.emailVerified,
      stories.usernameChanged,
      stories.emailChanged,
      stories.userLeft,
      stories.userRestored,
    ],
  },
  {
    aggregate: sessions,
    streamId: stories.sessionId,
    events: [stories.sessionStarted, stories.sessionLabelled, stories.sessionEnded],
  },
  {
    aggregate: messages,
    streamId: stories.messageId,
    events: [stories.messageSent, stories.messageEdited, stories.messageDeleted],
  },
  { aggregate: conversations, streamId: stories.readingId, events: [stories.conversationRead] },
  {
    aggregate: mailTokens,
    streamId: stories.mailId,
    events: [
      stories.mailTokenIssued,
      stories.emailChangeRequested,
      stories.emailReversalOffered,
      stories.restorationOffered,
    ],
  },
  {
    aggregate: blocks,
    streamId: stories.blockStreamId,
    events: [stories.userBlocked, stories.userUnblocked],
  },
  {
    aggregate: registrations,
    streamId: stories.registrationId,
    events: [stories.registrationRepeated],
  },
  {
    aggregate: suspensions,
    streamId: stories.userSuspended.data.id,
    events: [stories.userSuspended, stories.userReinstated],
  },
  {
    aggregate: reports,
    streamId: stories.reportId,
    events: [stories.messageReported, stories.reportSettled],
  },
]

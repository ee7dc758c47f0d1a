// One example of every event for tests, in an order that a database accepts: two users, a session, a
// changed password and a new hash of it, the end of the session, a message that is edited and deleted, a
// conversation that was read, a block, a verified address, a mail token, another username, a repeated
// registration.

import type {
  EmailChangeRequested,
  EmailReversalOffered,
  MailTokenIssued,
  RestorationOffered,
} from '../../../src/features/account-recovery/events.ts'
import { blockId } from '../../../src/features/blocks/block.ts'
import type { UserBlocked, UserUnblocked } from '../../../src/features/blocks/events.ts'
import { conversationId } from '../../../src/features/conversations/conversation.ts'
import type { ConversationRead } from '../../../src/features/conversations/events.ts'
import type {
  MessageDeleted,
  MessageEdited,
  MessageSent,
} from '../../../src/features/messages/events.ts'
import type {
  MessageReported,
  ReportSettled,
  UserReinstated,
  UserSuspended,
} from '../../../src/features/moderation/events.ts'
import { suspensionId } from '../../../src/features/moderation/suspension.ts'
import type {
  SessionEnded,
  SessionLabelled,
  SessionStarted,
} from '../../../src/features/sessions/events.ts'
import type {
  EmailChanged,
  EmailVerified,
  PasswordChanged,
  PasswordRehashed,
  UserLeft,
  UsernameChanged,
  UserRegistered,
  UserRestored,
} from '../../../src/features/users/events.ts'
import type { RegistrationRepeated } from '../../../src/features/users/registration.ts'
import { idOf } from '../ids.ts'

export const [annId, bobId, sessionId, messageId] = [1, 2, 10, 20].map(idOf) as [
  string,
  string,
  string,
  string,
]

export const annRegistered: UserRegistered = {
  type: 'UserRegistered',
  data: { id: annId, email: 'Ann@example.com', passwordHash: 'hash of ann', username: 'ann' },
}

export const bobRegistered: UserRegistered = {
  type: 'UserRegistered',
  data: { id: bobId, email: 'bob@example.com', passwordHash: 'hash of bob', username: null },
}

export const sessionStarted: SessionStarted = {
  type: 'SessionStarted',
  data: {
    id: sessionId,
    userId: annId,
    tokenHash: `\\x${'5a'.repeat(32)}`,
    expiresAt: '2040-01-01T00:00:00.123Z',
    idleDays: 30,
    endsAt: null,
    userAgent: 'Mozilla/5.0',
    label: null,
  },
}

export const passwordChanged: PasswordChanged = {
  type: 'PasswordChanged',
  data: { id: idOf(30), userId: annId, passwordHash: 'another hash', sessionId },
}

export const passwordRehashed: PasswordRehashed = {
  type: 'PasswordRehashed',
  data: { id: idOf(31), userId: annId, passwordHash: 'a costlier hash' },
}

export const sessionLabelled: SessionLabelled = {
  type: 'SessionLabelled',
  data: { id: sessionId, userId: annId, label: 'Work laptop' },
}

export const sessionEnded: SessionEnded = {
  type: 'SessionEnded',
  data: { id: sessionId, userId: annId },
}

export const messageSent: MessageSent = {
  type: 'MessageSent',
  data: { id: messageId, srcId: annId, dstId: bobId, content: 'Grüße, \\ "quoted"\n\ttoo 🙂' },
}

export const messageEdited: MessageEdited = {
  type: 'MessageEdited',
  data: { id: idOf(40), messageId, srcId: annId, dstId: bobId, content: 'Grüße' },
}

export const messageDeleted: MessageDeleted = {
  type: 'MessageDeleted',
  data: { id: idOf(41), messageId, srcId: annId, dstId: bobId },
}

export const readingId = conversationId(bobId, annId)

export const conversationRead: ConversationRead = {
  type: 'ConversationRead',
  data: { id: readingId, userId: bobId, withId: annId, upTo: messageId, upToPosition: 1 },
}

export const blockStreamId = blockId(bobId, annId)

export const userBlocked: UserBlocked = {
  type: 'UserBlocked',
  data: { id: blockStreamId, userId: bobId, blockedId: annId },
}

export const userUnblocked: UserUnblocked = { ...userBlocked, type: 'UserUnblocked' }

export const emailVerified: EmailVerified = {
  type: 'EmailVerified',
  data: { id: idOf(32), userId: annId, email: annRegistered.data.email },
}

export const mailId = idOf(60)

export const mailTokenIssued: MailTokenIssued = {
  type: 'MailTokenIssued',
  data: {
    id: mailId,
    userId: annId,
    purpose: 'password_reset',
    tokenHash: `\\x${'a5'.repeat(32)}`,
    expiresAt: '2040-01-01T00:00:00.123Z',
  },
}

export const usernameChanged: UsernameChanged = {
  type: 'UsernameChanged',
  data: {
    id: idOf(33),
    userId: annId,
    username: 'anna',
    oldUsername: 'ann',
    reservedUntil: '2040-01-01T00:00:00.123Z',
  },
}

export const emailChanged: EmailChanged = {
  type: 'EmailChanged',
  data: {
    id: idOf(34),
    userId: annId,
    email: 'ann@new.example',
    oldEmail: 'ann@example.com',
    oldVerified: true,
    reverts: null,
  },
}

const issued = { id: mailId, userId: annId, expiresAt: '2040-01-01T00:00:00.123Z' }

export const emailChangeRequested: EmailChangeRequested = {
  type: 'EmailChangeRequested',
  data: { ...issued, email: 'ann@new.example', tokenHash: `\\x${'a6'.repeat(32)}` },
}

export const emailReversalOffered: EmailReversalOffered = {
  type: 'EmailReversalOffered',
  data: { ...issued, changeId: idOf(34), tokenHash: `\\x${'a7'.repeat(32)}` },
}

const names = { email: 'ann@new.example', username: 'anna' }

export const userLeft: UserLeft = {
  type: 'UserLeft',
  data: { id: idOf(35), userId: annId, ...names },
}

export const userRestored: UserRestored = {
  type: 'UserRestored',
  data: { id: idOf(36), userId: annId, ...names, passwordHash: 'a costlier hash' },
}

export const restorationOffered: RestorationOffered = {
  type: 'RestorationOffered',
  data: { ...issued, leavingId: idOf(35), tokenHash: `\\x${'a8'.repeat(32)}` },
}

export const registrationId = idOf(70)

export const registrationRepeated: RegistrationRepeated = {
  type: 'RegistrationRepeated',
  data: { id: registrationId, userId: annId },
}

export const userSuspended: UserSuspended = {
  type: 'UserSuspended',
  data: { id: suspensionId(annId), userId: annId, reason: 'spam', actor: 'Olga' },
}

export const userReinstated: UserReinstated = {
  type: 'UserReinstated',
  data: { id: suspensionId(annId), userId: annId, actor: 'Olga' },
}

export const reportId = idOf(80)

export const messageReported: MessageReported = {
  type: 'MessageReported',
  data: { id: reportId, userId: bobId, messageId, reportedId: annId, reason: 'spam' },
}

export const reportSettled: ReportSettled = {
  type: 'ReportSettled',
  data: { reportId, userId: bobId, outcome: 'upheld', actor: 'Olga', note: 'warned' },
}

/** The published shape of every event type, for the feed and for webhooks. */

import { published as ofMailTokens } from './features/account-recovery/events.ts'
import { published as ofBlocks } from './features/blocks/events.ts'
import { published as ofConversations } from './features/conversations/events.ts'
import { published as ofMessages } from './features/messages/events.ts'
import { published as ofModeration } from './features/moderation/events.ts'
import { published as ofSessions } from './features/sessions/events.ts'
import { published as ofUsers } from './features/users/events.ts'
import { published as ofRegistrations } from './features/users/registration.ts'
import { createFeedReader } from './platform/feed/read-feed.ts'
import type { PublishedShapes } from './platform/feed/shapes.ts'

export const publishedShapes: PublishedShapes = {
  ...ofUsers,
  ...ofRegistrations,
  ...ofSessions,
  ...ofMailTokens,
  ...ofMessages,
  ...ofConversations,
  ...ofBlocks,
  ...ofModeration,
}

export const feedReader = createFeedReader(publishedShapes)

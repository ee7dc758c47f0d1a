/** The aggregates of all features, by the names that `log.event_types` has, so that any stream can be replayed. */

import { mailToken } from '../../features/account-recovery/mail-token.ts'
import { block } from '../../features/blocks/block.ts'
import { conversation } from '../../features/conversations/conversation.ts'
import { message } from '../../features/messages/message.ts'
import { report } from '../../features/moderation/report.ts'
import { suspension } from '../../features/moderation/suspension.ts'
import { session } from '../../features/sessions/session.ts'
import { registration } from '../../features/users/registration.ts'
import { user } from '../../features/users/user.ts'
import type { Aggregate } from '../../platform/event-store/aggregate.ts'

/** An aggregate of any kind: its states are only shown, and no command is decided. */
// biome-ignore lint/suspicious/noExplicitAny: states, commands and events of each are types of its own
export type AnyAggregate = Aggregate<any, any, any>

const all: readonly AnyAggregate[] = [
  ...[user, registration, session, message, conversation],
  ...[block, mailToken, report, suspension],
]

/** `user_stream_15` is the view of the aggregate `user`. */
export const aggregates: ReadonlyMap<string, AnyAggregate> = new Map(
  all.map((aggregate) => [aggregate.view.replace(/_stream_\d+$/, ''), aggregate]),
)

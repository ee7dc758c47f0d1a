/** The texts of reports in requests, and the limits of all texts of operators. */

import { text } from '../../platform/http/strings.ts'

/** The limits of the database, in code points. */
export const moderationRules = { reasonMaxLength: 1000, actorMaxLength: 100 } as const

/** Why a user reports a message. */
export const reportReason = text({ min: 1, max: moderationRules.reasonMaxLength, trim: true }).meta(
  {
    description:
      'Why the message should be looked at. Only operators read it. Spaces around it are removed',
    example: 'This is spam',
  },
)

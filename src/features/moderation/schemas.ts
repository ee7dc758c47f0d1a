/** The texts of reports in requests. */

import { text } from '../../platform/http/strings.ts'
import { moderationRules } from './operator.ts'

/** Why a user reports a message. */
export const reportReason = text({ min: 1, max: moderationRules.reasonMaxLength, trim: true }).meta(
  {
    description:
      'Why the message should be looked at. Only operators read it. Spaces around it are removed',
    example: 'This is spam',
  },
)

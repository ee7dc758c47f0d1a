/** The cursor in a request for the feed. */

import { type Cursor, parseCursor } from '../../platform/feed/cursor.ts'
import type { Fault } from '../../platform/http/problems/field-faults.ts'
import { validationFailed } from '../../platform/http/problems/problem.ts'

const notACursor: Fault = {
  code: 'invalid_format',
  params: { format: 'cursor' },
  message: 'expected a cursor of the feed, or a position, a decimal number',
}

/** Parses a cursor or a position. Throws `validation_failed`. */
export function toCursor(text: string, parameter: string): Cursor {
  const cursor = parseCursor(text)
  if (!cursor) throw validationFailed({ parameter, ...notACursor })
  return cursor
}

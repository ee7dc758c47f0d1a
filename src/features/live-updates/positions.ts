/** The position in a request, after which its events begin. */

import { validationFailed } from '../../platform/http/problems/problem.ts'

/** Parses the id of an event; `last` is the position of the last event. Throws `validation_failed`. */
export function toPosition(id: string, parameter: string, last: bigint): bigint {
  const notAnId = (message: string) => validationFailed({ parameter, message })
  if (!/^[0-9]{1,19}$/.test(id)) throw notAnId('expected the id of an event, a decimal number')
  if (BigInt(id) > last) throw notAnId('expected the id of an event; the log ends before this one')
  return BigInt(id)
}

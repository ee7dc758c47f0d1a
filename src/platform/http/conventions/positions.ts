/** The position in a request, after which its events begin. */

import type { Fault } from '../problems/field-faults.ts'
import { validationFailed } from '../problems/problem.ts'

/** Parses the id of an event; `last` is the position of the last event. Throws `validation_failed`. */
export function toPosition(id: string, parameter: string, last: bigint): bigint {
  if (!/^[0-9]{1,19}$/.test(id)) throw validationFailed({ parameter, ...notAPosition })
  if (BigInt(id) > last) throw validationFailed({ parameter, ...beyondTheEnd(last) })
  return BigInt(id)
}

const notAPosition: Fault = {
  code: 'invalid_format',
  params: { format: 'position' },
  message: 'expected the id of an event, a decimal number',
}

function beyondTheEnd(last: bigint): Fault {
  const message = 'expected the id of an event; the log ends before this one'
  return { code: 'out_of_range', params: { max: String(last) }, message }
}

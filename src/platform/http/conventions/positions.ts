/** The position in a request, after which its events begin. */

import type { Connectable } from '../../postgres/prepared.ts'
import { awaitPosition, findEndOfLog } from '../../standby-reads/await-position.ts'
import type { Fault } from '../problems/field-faults.ts'
import { validationFailed } from '../problems/problem.ts'

/** Where the events of a response begin and end. */
export interface Start {
  /** The position of the request; undefined without one. */
  readonly after: bigint | undefined
  /** The end of the log, which is not before `after`. */
  readonly last: bigint
}

/**
 * Reads the text of a position. A client can have it from a standby, which shows a commit some milliseconds before the
 * primary server does. Throws `validation_failed`, or what `awaitPosition` throws.
 */
export async function toStart(
  primary: Connectable,
  text: string | undefined,
  parameter: string,
): Promise<Start> {
  if (text === undefined) return { after: undefined, last: await findEndOfLog(primary) }
  if (!/^[0-9]{1,19}$/.test(text)) throw validationFailed({ parameter, ...notAPosition })
  const after = BigInt(text)
  return { after, last: await awaitPosition(primary, after, parameter) }
}

const notAPosition: Fault = {
  code: 'invalid_format',
  params: { format: 'position' },
  message: 'expected the id of an event, a decimal number',
}

/** Positions of the log in requests and responses: decimal strings, because they are 64 bits wide. */

import { z } from 'zod'
import { type Fault, refuseUnless } from '../platform/http/problems/field-faults.ts'
import type { Connectable } from '../platform/postgres/prepared.ts'
import { awaitPosition } from '../platform/standby-reads/await-position.ts'

const maxPosition = 2n ** 63n - 1n

const notAPosition: Fault = {
  code: 'invalid_format',
  params: { format: 'position' },
  message: 'expected a position, in decimal',
}

/** A position in a parameter, without leading zeros. */
export const positionParameter = z
  .string()
  .check(
    refuseUnless((text) => /^\d{1,19}$/.test(text) && BigInt(text) <= maxPosition, notAPosition),
  )
  .transform((digits) => `${BigInt(digits)}`)

/** The position after which a page of events begins. */
export const afterParameter = (description: string) =>
  positionParameter.optional().meta({
    description: `${description}. A position beyond the end of the log is \`position_unknown\``,
  })

/**
 * Refuses a position that the log does not have, as the feed does: its page would be empty until the log has passed it,
 * and would then lack events. Throws PositionUnknownError, and what else `awaitPosition` throws.
 */
export async function requirePosition(
  primary: Connectable,
  after: string | undefined,
): Promise<void> {
  if (after !== undefined) await awaitPosition(primary, BigInt(after), 'after')
}

/** A position in a response. */
export const positionShape = z.string().meta({ example: '42' })

/** Positions of the log in requests and responses: decimal strings, because they are 64 bits wide. */

import { z } from 'zod'
import { type Fault, refuseUnless } from '../platform/http/problems/field-faults.ts'

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

/** A position in a response. */
export const positionShape = z.string().meta({ example: '42' })

/** Positions of the log in requests and responses: decimal strings, because they are 64 bits wide. */

import { z } from 'zod'

const maxPosition = 2n ** 63n - 1n

/** A position in a parameter, without leading zeros. */
export const positionParameter = z
  .string()
  .regex(/^\d{1,19}$/, 'expected a position, in decimal')
  .refine((digits) => BigInt(digits) <= maxPosition, 'expected a position, in decimal')
  .transform((digits) => `${BigInt(digits)}`)

/** A position in a response. */
export const positionShape = z.string().meta({ example: '42' })

/**
 * The operator who acts, by the header `Epistle-Actor`. The token admits to the port, and many operators can share it;
 * the name is what they state about themselves, as with `--actor` of the command line.
 */

import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { moderationRules } from '../features/moderation/schemas.ts'
import type { Fault } from '../platform/http/problems/field-faults.ts'
import { validationFailed } from '../platform/http/problems/problem.ts'
import { text } from '../platform/http/strings.ts'

const parameter = 'Epistle-Actor'

const about = {
  description:
    'The name of the operator, up to 100 characters. Other characters than ASCII are percent-encoded as UTF-8, as ' +
    'by `encodeURIComponent`',
  example: 'ada',
}

/** The headers of an operation that changes something. */
export const actorHeaders = z.looseObject({ 'epistle-actor': z.string().meta(about) })

const requiredOnly = (when: string) =>
  z.looseObject({
    'epistle-actor': z
      .string()
      .optional()
      .meta({ ...about, description: `Required ${when}. ${about.description}` }),
  })

/** The headers of an operation that can show personal data. */
export const optionalActorHeaders = requiredOnly('with `personal=shown`')

/** The headers of a search that can be by address. */
export const searchHeaders = requiredOnly('for a search by e-mail address')

/** The name of an operator, here and on the command line: 1 to 100 characters on one line. */
export const operatorName = text({
  min: 1,
  max: moderationRules.actorMaxLength,
  trim: true,
  isName: true,
})

const missing: Fault = {
  code: 'required',
  message: 'name the operator who asks, because this is recorded',
}
const invalid: Fault = {
  code: 'invalid_format',
  params: { format: 'actor' },
  message: 'expected 1 to 100 characters on one line, percent-encoded where they are not ASCII',
}

/** The name of the operator. Throws `validation_failed` where it is missing or invalid. */
export function actorOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  const given = headers['epistle-actor']
  if (given === undefined) throw validationFailed({ parameter, ...missing })
  const parsed = operatorName.safeParse(decode(String(given)))
  if (!parsed.success) throw validationFailed({ parameter, ...invalid })
  return parsed.data
}

/** Undefined, which is no name, where a `%` begins no character. */
function decode(header: string): string | undefined {
  try {
    return /^[\x20-\x7e]*$/.test(header) ? decodeURIComponent(header) : undefined
  } catch {
    return undefined
  }
}

/**
 * The field that each refusal of a command concerns, so that a form can show it there. The code of the problem
 * names the field, which has the same name in every body. An operation without such a field, such as an edit that
 * is `blocked`, gets no entry. Problems about a header bring their own entries.
 */

import { type ProblemCode, problems } from './catalogue.ts'
import type { Fault, FaultCode, FieldError } from './field-faults.ts'

interface RefusedField {
  /** Names of members of bodies: the first that the body has is meant. */
  readonly fields: readonly string[]
  readonly code: FaultCode
}

const refusedFields: Readonly<Partial<Record<ProblemCode, RefusedField>>> = {
  // A token can stand for an address.
  email_taken: { fields: ['email', 'token'], code: 'taken' },
  username_taken: { fields: ['username'], code: 'taken' },
  already_verified: { fields: ['username'], code: 'already_verified' },
  wrong_password: { fields: ['currentPassword'], code: 'wrong' },
  // Only if the policy gives no fault of its own, which names the rule.
  password_refused: { fields: ['newPassword', 'password'], code: 'too_common' },
  verification_required: { fields: ['logIn'], code: 'verification_required' },
  invalid_token: { fields: ['token'], code: 'invalid_token' },
  recipient_unknown: { fields: ['to'], code: 'unknown_user' },
  gone: { fields: ['to'], code: 'gone' },
  blocked: { fields: ['to'], code: 'blocked' },
  // Without such a field, the path is what was not found.
  not_found: { fields: ['upTo'], code: 'unknown_message' },
}

/** A refusal: the code of its problem, the fault of the value, and the other refusals found with it. */
interface Refusal {
  readonly code: ProblemCode
  readonly fault?: Fault
  /** The header or parameter that a position came in. */
  readonly parameter?: string
  readonly also?: readonly Refusal[]
}

/** The entries of `errors` for a refusal and those found with it. */
export function refusalErrors(refusal: Refusal, body: unknown): readonly FieldError[] {
  return [refusal, ...(refusal.also ?? [])].flatMap((each) => errorOf(each, body) ?? [])
}

function errorOf({ code, fault, parameter }: Refusal, body: unknown): FieldError | undefined {
  const { title: message } = problems[code]
  if (code === 'idempotency_key_reused') {
    return { parameter: 'Idempotency-Key', code: 'reused', message }
  }
  if (code === 'position_unknown' && parameter !== undefined) {
    return { parameter, code: 'out_of_range', message }
  }
  const refused = refusedFields[code]
  const field = refused?.fields.find((name) => isObject(body) && Object.hasOwn(body, name))
  if (!refused || field === undefined) return undefined
  return { pointer: `/${field}`, ...(fault ?? { code: refused.code, message }) }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

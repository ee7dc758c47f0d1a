/**
 * What can be wrong with a field: the codes of `errors`, with which a front end chooses its own text, in any
 * language. The set is closed: a new kind of fault gets a code here, in `openapi/README.md` and in the document.
 */

import type { z } from 'zod'

/** Every code, with what it means and its `params`. */
export const faultCodes = {
  required: 'the field is missing',
  wrong_type: 'the value has another type than `expected`',
  unknown_field: 'the operation has no such field or parameter',
  repeated: 'the parameter occurs more than once',
  conflicting: 'the field cannot be combined with the field `with`',
  too_short: 'a text has fewer than `min` characters, or a list fewer items',
  too_long: 'a text has more than `max` characters, or a list more items',
  out_of_range:
    'a number, date or position is below `min` or above `max`; one or both can be absent',
  not_one_of: 'the value is none of `values`',
  invalid_format: 'the value has another format than `format`, such as `uuid`, `date` or `cursor`',
  invalid_characters: 'the text contains characters that this field cannot contain',
  invalid_email: 'this e-mail address cannot be registered; `reason` is present for rare forms',
  reserved: 'the username is reserved for the service',
  own_id: 'the field must contain the id of another user',
  taken: 'another user has this e-mail address or username',
  wrong: 'the password is not the current one',
  too_common: 'the password is on the list of common passwords',
  same_as: 'the password is the same as `other`: `email`, `email_local_part` or `username`',
  invalid_token: 'the token is unknown, used or expired',
  unknown_user: 'no user has this id',
  unknown_message: 'you and this user have exchanged no message with this id',
  gone: 'this user has deleted their account',
  blocked: 'this user has blocked you',
  already_verified: 'the address is verified, so the username can no longer be chosen',
  reused: 'the idempotency key belongs to another request',
  version_mismatch: 'the condition of this header does not hold for the current version',
  verification_required: 'users must verify their address before they can log in',
} as const

export type FaultCode = keyof typeof faultCodes
export type FaultParams = Readonly<Record<string, string | number | readonly string[]>>

/** What is wrong with one value. */
export interface Fault {
  readonly code: FaultCode
  readonly params?: FaultParams
  /** Our own text for people, in English. */
  readonly message: string
}

/** One entry of `errors`: a fault and its place, which is `pointer` into the body, or `parameter`. */
export interface FieldError extends Fault {
  readonly pointer?: string
  readonly parameter?: string
}

/** An issue of a schema for what zod itself does not check: `context.addIssue(issueOf(fault))`. */
export function issueOf({ code, params, message }: Fault, ...path: PropertyKey[]) {
  return { code: 'custom' as const, message, ...customParams(code, params), path }
}

/**
 * A check of a value for one fault: `schema.check(refuseUnless(isSound, fault))`. The value's later checks are
 * skipped, but those of the whole body are not. zod would skip these, too, if the issue said `continue: false`, as it
 * does with a refinement's `abort`.
 */
export function refuseUnless<Value>(isSound: (value: Value) => boolean, fault: Fault) {
  return ({ value, issues }: z.core.ParsePayload<Value>): void => {
    if (!isSound(value)) issues.push({ ...issueOf(fault), input: value })
  }
}

function customParams(code: FaultCode, params: FaultParams | undefined) {
  return { params: { fault: { code, ...(params && { params }) } } }
}

/**
 * The catalogue of all problems, and with `http-problems.ts`, `request-problems.ts` and `server-problems.ts` the only
 * place that defines their HTTP statuses. Here are those that an operation has: a rule of the service refused the request.
 *
 * A code never changes: clients branch on it, `/problems/<code>` explains it, and the OpenAPI document
 * lists it. `error-to-problem.ts` decides which error has which code.
 */

import { httpProblems } from './http-problems.ts'
import { requestProblems } from './request-problems.ts'
import { serverProblems } from './server-problems.ts'

/** One kind of problem. `retryAfter` (seconds) is present where a retry makes sense. */
export interface ProblemKind {
  readonly status: number
  readonly title: string
  readonly explanation: string
  readonly retryAfter?: number
}

const catalogue = {
  unauthenticated: {
    status: 401,
    title: 'A valid session is required',
    explanation:
      'Send `Authorization: Bearer <token>` with the token of an active session. The token is ' +
      'missing or unknown, or its session has ended or expired. `POST /sessions` returns a new ' +
      'token.',
  },
  invalid_credentials: {
    status: 401,
    title: 'The e-mail address or the password is wrong',
    explanation:
      'No user has this combination of e-mail address and password. The response never reveals ' +
      'which of the two is wrong, because that would disclose who is registered. If this ' +
      'service requires verified addresses, the address may also be unverified: follow the link ' +
      'in the e-mail from your registration, or request another with `POST ' +
      '/email-verifications/resend`.',
  },
  wrong_password: {
    status: 403,
    title: 'The current password is wrong',
    explanation:
      'To change your password or your e-mail address, or to delete your account, send your current password ' +
      'in `currentPassword`.',
  },
  blocked: {
    status: 403,
    title: 'The recipient has blocked you',
    explanation:
      'The recipient accepts no messages from you, so the message was not sent or edited. You ' +
      'can still delete your earlier messages.',
  },
  suspended: {
    status: 403,
    title: 'Your account is suspended',
    explanation:
      'Your sessions have ended. No login is accepted until the operators of this service end the suspension. If you ' +
      'think that it is a mistake, contact them.',
  },
  password_reset_required: {
    status: 403,
    title: 'Too many wrong passwords in a row',
    explanation:
      'After too many wrong passwords in a row for this address, no more are accepted from your ' +
      'network, whether or not the address is registered. To get a new password, request an ' +
      'e-mail with `POST /password-resets`; you can then log in at once. From networks where the ' +
      'user has logged in recently, the correct password is still accepted.',
  },
  not_found: {
    status: 404,
    title: 'Not found, or not visible to you',
    explanation:
      'No resource that you can see has this path. The response is the same whether the ' +
      'resource does not exist or belongs to another user.',
  },
  email_taken: {
    status: 409,
    title: 'The e-mail address is taken',
    explanation:
      'A user with this e-mail address is already registered; upper and lower case do not ' +
      'matter. Log in, or use another address. A link in an e-mail stays valid until it expires, in case ' +
      'the address becomes free.',
  },
  username_taken: {
    status: 409,
    title: 'The username is taken',
    explanation: 'Another user has this username, or has reserved it. Choose another one.',
  },
  already_verified: {
    status: 409,
    title: 'The address is already verified, so the username stays',
    explanation:
      'A username can be chosen only in the request that first verifies the address. Nothing was ' +
      'changed, and the token is still valid. Send the request again without `username`.',
  },
  already_reported: {
    status: 409,
    title: 'You have already reported this message',
    explanation:
      'The operators have your earlier report, and have not settled it yet. You can report the message again ' +
      'afterwards.',
  },
  conflict: {
    status: 409,
    title: 'The request conflicts with the current data',
    explanation:
      'The request breaks a rule that the current data imposes. Nothing was changed. Read the ' +
      'resource again before you retry.',
  },
  version_conflict: {
    status: 409,
    title: 'Another request changed this at the same moment',
    explanation: 'Nothing was changed. Read the resource again and retry.',
  },
  gone: {
    status: 410,
    title: 'The recipient has deleted their account',
    explanation:
      'You have a conversation with the user in `to`, who gets no more messages, so the message was not sent. ' +
      'What the user sent you stays.',
  },
  version_mismatch: {
    status: 412,
    title: 'The version is not the one you expected',
    explanation:
      'The current `ETag` is not in `If-Match`: the resource has changed since you read it. Or it is ' +
      'in `If-None-Match`, where `*` stands for any version. Nothing was changed. Read the resource ' +
      'again, then decide whether to repeat your request.',
  },
  validation_failed: {
    status: 422,
    title: 'Some fields are missing or invalid',
    explanation:
      '`errors` lists what is wrong and where: `pointer` is a JSON pointer into the body, and ' +
      '`parameter` is the name of a path or query parameter or of a header.',
  },
  password_refused: {
    status: 422,
    title: 'The password is too easy to guess',
    explanation:
      'The password is too short, too common, or the same as the e-mail address or username. ' +
      '`detail` contains the reason. A few unrelated words make a good password.',
  },
  invalid_token: {
    status: 422,
    title: 'This token is unknown, used or expired',
    explanation:
      'No e-mail contains this token, or it was used, has expired, or was replaced by a newer ' +
      'e-mail. The response never reveals which. Request a new e-mail.',
  },
  verification_required: {
    status: 422,
    title: 'This service requires a verified e-mail address before the first login',
    explanation:
      'A registration cannot log in here, so nothing was registered. Send the request again without ' +
      '`logIn`. Open the link in the e-mail to verify the address, then log in with `POST /sessions`.',
  },
  recipient_unknown: {
    status: 422,
    title: 'The recipient does not exist',
    explanation: 'No user has the id in `to`, so the message was not sent.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This idempotency key belongs to another request',
    explanation:
      'You have used this `Idempotency-Key` before, with other content. Use the same key only ' +
      'to retry the same request, and a new key for every new request.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    explanation:
      'You have reached a rate limit: of passwords for an address or from your network, of registrations, ' +
      'e-mails and resets, of messages and other commands, of waiting requests such as searches, or of open ' +
      'streams. Wait the number of seconds in `Retry-After`: requests sent before then are rejected. ' +
      '`RateLimit-Policy` contains the limit that you reached, `RateLimit` what is left of it.',
    retryAfter: 60,
  },
  ...httpProblems,
  ...requestProblems,
  ...serverProblems,
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof catalogue

export type Problems = Readonly<Record<ProblemCode, ProblemKind>>

/** Every problem by its code, in the order of the statuses. */
export const problems = Object.fromEntries(
  Object.entries<ProblemKind>(catalogue).sort(([, a], [, b]) => a.status - b.status),
) as Problems

/** What some problems say on a port that is for others than users. */
export type ProblemWords = Readonly<
  Partial<Record<ProblemCode, Pick<ProblemKind, 'title' | 'explanation'>>>
>

/** Every problem, some of them in other words. */
export function problemsIn(words: ProblemWords): Problems {
  const entries = Object.entries(problems).map(([code, kind]) => [
    code,
    { ...kind, ...words[code as ProblemCode] },
  ])
  return Object.fromEntries(entries)
}

/** Whether the catalogue contains this code, e.g. one from the name of a constraint. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code)
}

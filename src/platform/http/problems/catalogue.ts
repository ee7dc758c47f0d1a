/**
 * The catalogue of everything that can go wrong, and the only place that knows its HTTP status.
 *
 * A code is for ever: callers branch on it, `/problems/<code>` explains it to a person, and the
 * OpenAPI document lists it. Which error means which code is decided in `problem-of.ts`.
 */

/** One kind of failure. `retryAfter` (seconds) is there where trying again later makes sense. */
export interface ProblemKind {
  readonly status: number
  readonly title: string
  readonly explanation: string
  readonly retryAfter?: number
}

const catalogue = {
  malformed_request: {
    status: 400,
    title: 'This is not an HTTP request',
    explanation:
      'The bytes that arrived could not be read as an HTTP/1.1 request: a broken request line or ' +
      'header, headers larger than 16 KiB, or a request that took too long to arrive. The ' +
      'connection is closed.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    explanation:
      'The body is empty, or is not JSON in UTF-8. Send one JSON object with ' +
      '`Content-Type: application/json`.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid session is needed',
    explanation:
      'The call needs `Authorization: Bearer <token>` with the token of a live session. The token ' +
      'was missing or unknown, or its session has ended or expired. `POST /sessions` gives a new one.',
  },
  invalid_credentials: {
    status: 401,
    title: 'The e-mail address or the password is wrong',
    explanation:
      'No user has this combination of e-mail address and password. Which of the two is wrong is ' +
      'never told, so that nobody learns which addresses are registered. Where the service asks for ' +
      'verified addresses, nor is whether this one is not verified yet: follow the link that was mailed ' +
      'at the registration, or have another one mailed by `POST /email-verifications/resend`.',
  },
  wrong_password: {
    status: 403,
    title: 'The current password is wrong',
    explanation: 'Changing a password needs the one that is valid now in `currentPassword`.',
  },
  blocked: {
    status: 403,
    title: 'The recipient has blocked you',
    explanation:
      'The recipient takes no messages from you, so the message was not sent, or not edited. What you ' +
      'sent before stays; you may delete it.',
  },
  password_reset_required: {
    status: 403,
    title: 'Too many wrong passwords in a row',
    explanation:
      'So many wrong passwords were tried for this address, one after the other, that none is tried ' +
      'any more from where this request came from, whether or not anybody is registered. ' +
      '`POST /password-resets` mails its owner a link to a new password, with which he can log in at ' +
      'once. Where he has logged in lately, he still can.',
  },
  not_found: {
    status: 404,
    title: 'There is no such thing, or it is not yours',
    explanation:
      'Nothing exists under this address for you. What belongs to somebody else is answered in ' +
      'the same way as what does not exist.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This address does not know this method',
    explanation: 'The address exists, but not for this method; `Allow` lists those it knows.',
  },
  email_taken: {
    status: 409,
    title: 'The e-mail address is taken',
    explanation:
      'A user with this e-mail address, in capitals or not, is registered already. Log in, or ' +
      'register with another address.',
  },
  username_taken: {
    status: 409,
    title: 'The username is taken',
    explanation: 'Another user has this username. Choose another one.',
  },
  conflict: {
    status: 409,
    title: 'The command contradicts what is recorded',
    explanation: 'A rule of the data refused the command, and nothing was changed.',
  },
  version_conflict: {
    status: 409,
    title: 'Something else changed this at the same moment',
    explanation:
      'The command was decided on a state that another one changed before it could be recorded. ' +
      'Nothing was changed; read again and repeat it.',
  },
  version_mismatch: {
    status: 412,
    title: 'The version is not the one you expected',
    explanation:
      'The `ETag` in `If-Match` is no longer the current one: it was changed since you read it. ' +
      'Nothing was changed; read again and decide anew.',
  },
  too_large: {
    status: 413,
    title: 'The body is too large',
    explanation: 'A body may have at most 1 MiB (1,048,576 bytes).',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has a type that is not understood',
    explanation:
      'Bodies are JSON in UTF-8 without compression: send `Content-Type: application/json`.',
  },
  validation_failed: {
    status: 422,
    title: 'The request does not have the right shape',
    explanation:
      '`errors` says what is wrong, and where: `pointer` is a JSON pointer into the body, ' +
      '`parameter` the name of a parameter of the path or query, or of a header.',
  },
  password_refused: {
    status: 422,
    title: 'The password is too easy to guess',
    explanation:
      'The password is too short, too common, or the same as the e-mail address or username; ' +
      '`detail` gives the reason. A few unrelated words make a good one.',
  },
  invalid_token: {
    status: 422,
    title: 'The token is not valid, or not any more',
    explanation:
      'No mail has this token, or it was used, has expired, or was replaced by that of a newer mail. ' +
      'Which of these is never told. Ask for a new mail.',
  },
  recipient_unknown: {
    status: 422,
    title: 'There is no such recipient',
    explanation: 'No user has the id in `to`, so the message was not sent.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This idempotency key belongs to another request',
    explanation:
      'The `Idempotency-Key` was used before with another content. A key repeats one request; ' +
      'take a new key for a new one.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    explanation:
      'A limit is reached: of wrong passwords for an address or from where the request came from, of ' +
      'registrations, of mails that were asked for, of messages, edits, blocks and read marks, or of ' +
      'streams open at a time. `Retry-After` says in how many seconds to try again; what comes before ' +
      'is refused unread. `RateLimit-Policy` has the limit that was reached, `RateLimit` what is left ' +
      'of it.',
    retryAfter: 60,
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    explanation:
      'A fault in the server. It is in the log under the id that `X-Request-Id` of the answer names.',
  },
  overloaded: {
    status: 503,
    title: 'The server has too much to do',
    explanation:
      'More work is waiting than can be done in good time, so this request was not begun. ' +
      '`Retry-After` says in how many seconds to try again.',
    retryAfter: 1,
  },
  unknown_event: {
    status: 503,
    title: 'A newer release has recorded something this server does not know',
    explanation:
      'The server runs an older release than the one that recorded the data, and does not guess. ' +
      'Try again: another server, or this one after its upgrade, can answer.',
    retryAfter: 5,
  },
  unavailable: {
    status: 503,
    title: 'The service is not available at the moment',
    explanation:
      'The database cannot be reached, or the server is starting or stopping. ' +
      '`Retry-After` says in how many seconds to try again.',
    retryAfter: 2,
  },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof catalogue

/** Every problem by its code. */
export const problems: Readonly<Record<ProblemCode, ProblemKind>> = catalogue

/** Whether a code is in the catalogue, e.g. one that a constraint's name gave. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code)
}

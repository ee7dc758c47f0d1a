// The frozen statements of release 15's code: users who delete their accounts, the mails about that, and restorations.

/** The append request with which release 15 lets a user leave. */
export function userLeft(leaving: {
  readonly id: string
  readonly userId: string
  readonly version: number
  readonly email: string
  readonly username: string | null
}): unknown[] {
  const { id, userId, version, email, username } = leaving
  return ofUser(userId, version, 'user_left_15', { id, email, username })
}

/** The append request with which release 15 restores a user. */
export function userRestored(restoration: {
  readonly id: string
  readonly userId: string
  readonly version: number
  readonly email: string
  readonly username: string | null
  readonly hash: string
}): unknown[] {
  const { id, userId, version, email, username, hash: password_hash } = restoration
  return ofUser(userId, version, 'user_restored_15', { id, email, username, password_hash })
}

/** The append request with which release 15 issues the token of a mail about a deletion. */
export function restorationOffered(offer: {
  readonly id: string
  readonly userId: string
  readonly leavingId: string
  readonly token: string
}): unknown[] {
  const { id, userId: user_id, leavingId: leaving_id } = offer
  const token_hash = `\\x${Buffer.from(offer.token).toString('hex')}`
  const data = { id, user_id, leaving_id, token_hash, expires_at: '2040-01-01T00:00:00Z' }
  return requestOf(id, 1, 'restoration_offered_15', data)
}

function ofUser(user_id: string, version: number, type: string, more: object) {
  return requestOf(user_id, version, type, { user_id, ...more })
}

function requestOf(stream_id: string, stream_version: number, type: string, data: object) {
  return [{ events: [{ stream_id, stream_version, type, data }] }]
}

export const findLeftUser = {
  name: '15.findLeftUserByToken',
  text: `select user_id, email from read.left_users_15
         where token_hash = convert_to($1, 'UTF8') and restorable_until > now()`,
}

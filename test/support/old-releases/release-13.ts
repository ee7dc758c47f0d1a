// The frozen statements of release 13's code: changed e-mail addresses, and the tokens of the mails about them.

interface Token {
  readonly id: string
  readonly userId: string
  readonly token: string
}

const toData = ({ id, userId, token }: Token) => ({
  id,
  user_id: userId,
  token_hash: `\\x${Buffer.from(token).toString('hex')}`,
  expires_at: '2040-01-01T00:00:00Z',
})

/** The append request with which release 13 issues the token of a mail to a new address. */
export function emailChangeRequested(request: Token & { readonly email: string }): unknown[] {
  const data = { ...toData(request), email: request.email }
  return requestOf(request.id, 1, 'email_change_requested_13', data)
}

/** The append request with which release 13 issues the token of a notice to an earlier address. */
export function emailReversalOffered(notice: Token & { readonly changeId: string }): unknown[] {
  const data = { ...toData(notice), change_id: notice.changeId }
  return requestOf(notice.id, 1, 'email_reversal_offered_13', data)
}

/** The append request with which release 13 changes an address. */
export function emailChanged(change: {
  readonly id: string
  readonly userId: string
  readonly version: number
  readonly email: string
  readonly oldEmail: string
  readonly oldVerified: boolean
  readonly reverts?: string
}): unknown[] {
  const { id, userId, version, email, oldEmail, oldVerified, reverts = null } = change
  const data = {
    ...{ id, user_id: userId, email, old_email: oldEmail, old_verified: oldVerified, reverts },
  }
  return requestOf(userId, version, 'email_changed_13', data)
}

function requestOf(stream_id: string, stream_version: number, type: string, data: object) {
  return [{ events: [{ stream_id, stream_version, type, data }] }]
}

export const findRequestedEmail = {
  name: '13.findRequestedEmail',
  text: `select user_id, email from read.requested_emails_13
         where token_hash = convert_to($1, 'UTF8') and expires_at > now()`,
}

export const findReplacedEmail = {
  name: '13.findReplacedEmail',
  text: `select user_id, email, change_id from read.replaced_emails_13
         where token_hash = convert_to($1, 'UTF8') and expires_at > now()`,
}

export const findOffers = {
  name: '13.findOffers',
  text: 'select position from log.email_reversal_offered_13 where change_id = $1',
}

// The frozen statements of release 17's code: users who are suspended and reinstated, and reported messages.

interface OfUser {
  /** Of the stream of the user's suspensions. */
  readonly id: string
  readonly userId: string
  readonly version: number
}

/** The append request with which release 17 suspends a user. */
export function userSuspended({ id, userId, version }: OfUser): unknown[] {
  const data = { id, user_id: userId, reason: 'spam', actor: 'Olga' }
  return requestOf(id, version, 'user_suspended_17', data)
}

/** The append request with which release 17 reinstates a user. */
export function userReinstated({ id, userId, version }: OfUser): unknown[] {
  return requestOf(id, version, 'user_reinstated_17', { id, user_id: userId, actor: 'Olga' })
}

/** The append request with which release 17 records that the recipient of a message reported it. */
export function messageReported(report: {
  readonly id: string
  readonly userId: string
  readonly messageId: string
  readonly reportedId: string
}): unknown[] {
  const { id, userId, messageId, reportedId } = report
  const ids = { id, user_id: userId, message_id: messageId, reported_id: reportedId }
  return requestOf(id, 1, 'message_reported_17', { ...ids, reason: 'spam' })
}

function requestOf(stream_id: string, stream_version: number, type: string, data: object) {
  return [{ events: [{ stream_id, stream_version, type, data }] }]
}

export const findSuspension = {
  name: '17.findSuspension',
  text: 'select reason from read.suspended_users_17 where user_id = $1',
}

export const findOpenReports = {
  name: '17.findOpenReports',
  text: 'select id from read.reports_17 where message_id = $1 and settled_at is null',
}

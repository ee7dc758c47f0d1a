// The frozen statement of release 14's code: usernames that users change, and that stay reserved for them.

/** The append request with which release 14 changes a username. */
export function usernameChanged(change: {
  readonly id: string
  readonly userId: string
  readonly version: number
  readonly username: string
  readonly oldUsername: string | null
}): unknown[] {
  const { id, userId, version, username, oldUsername } = change
  const data = {
    ...{ id, user_id: userId, username, old_username: oldUsername },
    reserved_until: '2040-01-01T00:00:00Z',
  }
  const event = { stream_id: userId, stream_version: version, type: 'username_changed_14', data }
  return [{ events: [event] }]
}

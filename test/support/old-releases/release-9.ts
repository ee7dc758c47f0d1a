// The frozen statements of release 9's code: changed usernames, and registrations that were repeated.

/** The append request with which release 9 changes a username. */
export function usernameChanged(change: {
  id: string
  userId: string
  version: number
  username: string
}): unknown[] {
  const { id, userId, version, username } = change
  const data = { id, user_id: userId, username }
  return [
    { events: [{ stream_id: userId, stream_version: version, type: 'username_changed_9', data }] },
  ]
}

/** The append request with which release 9 records a registration with the address of a user. */
export function registrationRepeated({ id, userId }: { id: string; userId: string }): unknown[] {
  const data = { id, user_id: userId }
  return [{ events: [{ stream_id: id, stream_version: 1, type: 'registration_repeated_9', data }] }]
}

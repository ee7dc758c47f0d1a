// The frozen statements of release 16's code: logins that report a device. They start sessions as in release 10.

export const findDevice = {
  name: '16.findDevice',
  text: 'select session_id from sessions.devices where user_id = $1 and device = $2',
}

/** The append request of release 10 that starts a session, with the device that release 16 adds. */
export function withDevice(requests: unknown[], device: string): unknown[] {
  return requests.map((request) => {
    const { events } = request as { events: object[] }
    return { events: events.map((event) => ({ ...event, metadata: { device } })) }
  })
}

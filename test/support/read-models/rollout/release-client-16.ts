// A client of release 16 in that release's frozen statements: a new user logs in from a device, which is recorded in the
// same transaction. Logins through older releases record none.
import { randomUUID } from 'node:crypto'
import * as release10 from '../../old-releases/release-10.ts'
import * as release16 from '../../old-releases/release-16.ts'
import { run } from '../../old-releases/statement.ts'
import { append, expectVisible, register } from './client-steps.ts'
import type { SharedState } from './shared-state.ts'

export async function client16(state: SharedState): Promise<void> {
  const person = state.newPerson(true)
  await register(state, 16, person)
  const session = { id: randomUUID(), token: randomUUID() }
  const device = `device of ${person.id}`
  const started = release10.sessionStarted({ ...session, userId: person.id })
  await append(state, 16, release16.withDevice(started, device))
  const [found] = await run(state.pool(16), release16.findDevice, [person.id, device])
  state.expect(found?.session_id === session.id, 'the device of a login was not recorded')
  person.session = session
  await expectVisible(state, person)
  state.people.push(person)
}

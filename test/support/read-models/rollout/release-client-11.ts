// A client of release 11 in that release's frozen statement: it finds the events about a user that the servers of any
// release have recorded.
import * as release11 from '../../old-releases/release-11.ts'
import { run } from '../../old-releases/statement.ts'
import type { SharedState } from './shared-state.ts'

export async function client11(state: SharedState): Promise<void> {
  const person = state.takePerson()
  if (!person) return
  const events = await run(state.pool(11), release11.listPersonalEvents, [person.id])
  const [first] = events
  state.expect(
    first?.stream_id === person.id && /^user_registered_/.test(String(first?.type)),
    `the first event about a user is ${JSON.stringify(first)}`,
  )
  const { session } = person
  state.expect(
    !session || events.some(({ stream_id }) => stream_id === session.id),
    'the events about a user lack the start of a session',
  )
  state.people.push(person)
}

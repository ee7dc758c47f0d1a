// A client of release 9 in that release's frozen statements: it changes the username of a new user, which
// every release shows, and records a registration with the address of a user, which no release shows.
import { randomUUID } from 'node:crypto'
import { userRegistered } from '../../append-requests.ts'
import * as release1 from '../../old-releases/release-1.ts'
import * as release9 from '../../old-releases/release-9.ts'
import { run } from '../../old-releases/statement.ts'
import { append, appendOne, expectLoadable, expectVisible, register } from './client-steps.ts'
import type { SharedState } from './shared-state.ts'

export async function client9(state: SharedState): Promise<void> {
  const registered = state.newPerson(true)
  const { id, username: first } = registered
  await register(state, 9, registered)
  const person = { ...registered, username: `${first}-own` }
  const change = { id: randomUUID(), userId: id, version: 2, username: person.username }
  await append(state, 9, release9.usernameChanged(change))
  await expectVisible(state, person)
  await expectLoadable(state, person)
  if (state.running.has(1)) {
    const found = await run(state.pool(1), release1.findUsersByPrefix, [first])
    const names = found.filter((user) => user.id === id).map(({ username }) => username)
    state.expect(names[0] === person.username, `release 1 shows the username ${names}`)
  }
  await append(state, 9, release9.registrationRepeated({ id: randomUUID(), userId: id }))
  state.people.push(person)
  await expectFreed(state, first, person.username)
}

/** The earlier username is free in every live table, and the new one is taken. */
async function expectFreed(state: SharedState, free: string | null, taken: string): Promise<void> {
  const next = { ...state.newPerson(true), username: free }
  await register(state, state.running.has(2) ? 2 : 9, next)
  state.people.push(next)
  const id = randomUUID()
  const second = [userRegistered(id, { email: `${id}@example.com`, username: taken })]
  const result = await appendOne(state, 9, second)
  const rejected = /^users_\d+__username_taken$/.test(result?.constraint ?? '')
  state.expect(
    rejected,
    `a second registration of a username was answered ${JSON.stringify(result)}`,
  )
}

// A client of release 14 in that release's frozen statement: it changes the username of a new user, which every release
// shows. No release gives the earlier one to another user, and its owner takes it back.
import { randomUUID } from 'node:crypto'
import { userRegistered } from '../../append-requests.ts'
import * as release1 from '../../old-releases/release-1.ts'
import * as release14 from '../../old-releases/release-14.ts'
import { run } from '../../old-releases/statement.ts'
import { append, appendOne, expectLoadable, expectVisible, register } from './client-steps.ts'
import type { SharedState } from './shared-state.ts'

export async function client14(state: SharedState): Promise<void> {
  const person = state.newPerson(true)
  const { id, username: first } = person
  await register(state, 14, person)
  const second = `${first}-own`
  const change = { id: randomUUID(), userId: id, version: 2, username: second, oldUsername: first }
  await append(state, 14, release14.usernameChanged(change))
  await expectVisible(state, person)
  await expectLoadable(state, person)
  await expectName(state, id, second)
  const next = [userRegistered(randomUUID(), { email: `${id}@example.com`, username: first })]
  const result = await appendOne(state, state.running.has(2) ? 2 : 14, next)
  const isRefused = result?.constraint === 'reserved_usernames_14__username_taken'
  state.expect(isRefused, `a reserved username was answered ${JSON.stringify(result)}`)
  const back = { ...change, id: randomUUID(), version: 3, username: first ?? '' }
  await append(state, 14, release14.usernameChanged({ ...back, oldUsername: second }))
  await expectName(state, id, first)
  state.people.push(person)
}

/** Release 1 shows the username. */
async function expectName(state: SharedState, id: string, username: string | null): Promise<void> {
  if (!state.running.has(1)) return
  const found = await run(state.pool(1), release1.findUsersByPrefix, [username])
  const isShown = found.some((user) => user.id === id && user.username === username)
  state.expect(isShown, `release 1 does not show the username ${username}`)
}

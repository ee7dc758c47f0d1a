// What servers of release 8 say over and over: a password is forgotten, and set anew by the token of
// a mail, in that release's frozen statements.
import { randomUUID } from 'node:crypto'
import * as release2 from '../db/fixtures/release-2.ts'
import * as release8 from '../db/fixtures/release-8.ts'
import { run } from '../db/fixtures/statement.ts'
import { append, everybodySees } from './speaking.ts'
import type { World } from './world.ts'

/** Who forgot a password sets a new one by the token of a mail: every session of his is over. */
export async function speak8(world: World): Promise<void> {
  const person = world.borrow()
  if (!person) return
  const purpose = 'password_reset'
  const [older, token] = [randomUUID(), randomUUID()]
  for (const each of [older, token]) {
    const issue = { id: each, userId: person.id, purpose, token: each }
    await append(world, 8, release8.mailTokenIssued(issue))
  }
  const find = (each: string) => run(world.pool(8), release8.findMailToken, [each, purpose])
  const [found] = await find(token)
  world.expect(found?.user_id === person.id, 'a token is not found')
  world.expect((await find(older)).length === 0, 'a token that was replaced is found')
  const passwordHash = `${person.hash}, forgotten`
  const version = Number(found?.version) + 1
  const change = { id: randomUUID(), userId: person.id, version, passwordHash, sessionId: null }
  await append(world, 8, release2.passwordChanged(change))
  const over = person.session?.token
  person.hash = passwordHash
  person.session = undefined
  world.expect((await find(token)).length === 0, 'a token that was used is found')
  await everybodySees(world, person, over)
  world.people.push(person)
}

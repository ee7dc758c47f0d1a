// Operators find a user who deleted the account by the address and the username that the account had, also when another
// user has registered the address since; and an erasure names its operator.
import t from 'tap'
import { password, served } from '../../support/http/served.ts'
import { epistle, finished } from '../../support/service.ts'

const { arrive, databaseUrl, owner } = await served(t)

const operate = (...args: string[]) =>
  finished(epistle(t, ['user', ...args], { env: { DATABASE_URL: databaseUrl } }))

/** Deletes an account and returns its id. */
async function leave({ client, user: { id } }: Awaited<ReturnType<typeof arrive>>) {
  const body = { currentPassword: password }
  t.equal((await client.POST('/users/me/deletion', { body })).response.status, 204)
  return id
}

const ada = await leave(await arrive('ada'))

t.test('show finds a user who left by the address and the username, in any case', async (t) => {
  const { stdout } = await operate('show', 'ADA@example.org')
  t.match(stdout, new RegExp(`^Id +${ada}$`, 'm'))
  t.match(stdout, /^E-mail +none; ada@example\.org before the deletion$/m)
  t.match(stdout, /^Username +none; ada before the deletion$/m)
  t.match(stdout, /^State +deleted by the user, who can restore it until /m)
  t.match(JSON.parse((await operate('show', 'ada', '--json')).stdout), { id: ada, email: null })
})

t.test('The user who has the address now comes first, and both are named', async (t) => {
  const second = await arrive('ada2')
  const { client, user } = second
  const body = { newEmail: 'Ada@example.org', currentPassword: password }
  t.equal((await client.POST('/users/me/email-changes', { body })).response.status, 202)
  const shown = JSON.parse((await operate('show', 'ada@example.org', '--json')).stdout)
  t.match(shown, { id: user.id, formerOwners: [ada] })
  t.match((await operate('show', 'ada2')).stdout, `of the deleted account ${ada} before`)
  const refused = await operate('forget', 'ada@example.org')
  t.match(refused, { code: 1, stderr: /name the one you mean by id/ })
  t.match(refused.stderr, user.id)
  t.match(refused.stderr, ada)
  const { rows } = await owner.query('select from log.erasures')
  t.equal(rows.length, 0, 'nothing is erased')
  await leave(second)
})

t.test('Of several users who left with one address, none is chosen', async (t) => {
  const { code, stderr } = await operate('show', 'ada@example.org')
  t.equal(code, 1)
  t.match(stderr, /several users with this name deleted their accounts; name one by id: /)
})

t.test('An erasure is an event of its operator, and ends the search by name', async (t) => {
  t.match(await operate('forget', ada, '--actor', 'Olga'), { code: 0, stdout: /are erased/ })
  const { rows } = await owner.query(
    `select metadata from log.events where type = 'user_forgotten_12' and stream_id = $1`,
    [ada],
  )
  t.strictSame(rows, [{ metadata: { actor: 'operator:Olga' } }])
  t.match((await operate('show', ada)).stdout, /^State +personal data erased at .+ by Olga$/m)
  t.match(await operate('show', 'ada'), { code: 1, stderr: /no user has this id/ })
  const other = await operate('show', 'ada@example.org')
  t.match(other.stdout, /^Username +none; ada2 before the deletion$/m)
})

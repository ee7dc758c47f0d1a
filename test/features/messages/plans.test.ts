// The plans that a server keeps. One that was made for an empty table must also be right for many conversations: no
// request reads a table whole.
import t from 'tap'
import { append, messageSent, userRegistered } from '../../support/append-requests.ts'
import { served } from '../../support/http/served.ts'
import { idOf } from '../../support/ids.ts'
import { readMoreThan, readWhole } from '../../support/rows-read.ts'

const { server, owner, arrive } = await served(t)

t.test('A server that began on empty tables reads none of them whole later', async (t) => {
  await owner.query('vacuum analyze') // as autovacuum may have done
  const { user, client } = await arrive('ada')
  const others = Array.from({ length: 500 }, (_, n) => idOf(n + 1))
  await append(
    owner,
    others.map((id) => userRegistered(id)),
  )
  const use = async (to: string) => {
    const { error } = await client.POST('/messages', { body: { to, content: 'Hello' } })
    t.equal(error, undefined)
    for (const path of ['/conversations', '/messages', '/users/me', '/sessions'] as const) {
      t.equal((await client.GET(path, { params: { query: {} } })).error, undefined)
    }
  }
  // Often enough for PostgreSQL to settle on plans that are kept.
  for (const other of others.slice(0, 12)) await use(other)
  const before = await readWhole(['read'], owner)
  await append(
    owner,
    others.map((other) => messageSent(other.replace(/^0/, 'b'), other, user.id)),
  )
  for (const other of others.slice(-12)) await use(other)
  // Then the connections publish what they counted.
  await server.close()
  t.strictSame(readMoreThan(500, before, await readWhole(['read'], owner)), [])
})

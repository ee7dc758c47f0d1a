// Two servers on one database: from the moment a session ends on one, the other shows it nothing, also within the
// seconds in which it does not look the session up before a query.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { append, sessionEnded } from '../../support/append-requests.ts'
import { type Person, paths, type Sent, send, twoServers } from '../../support/ended-sessions.ts'

const { there, owner, bob, people, person, logOut, rejected } = await twoServers(t)

/** The operations that read, with an id for their paths. A stream and an export have tests of their own. */
const reads = Object.entries(paths).flatMap(([path, { get }]) =>
  get && get.security?.length !== 0 && !/stream|export/.test(path) ? [path] : [],
)
const readBy = (path: string, { messageId }: Person): Sent => {
  const id = path.startsWith('/messages') ? messageId : bob.user.id
  const query = path === '/users' ? '?username=bob' : ''
  return { method: 'GET', path: path.replace(/\{\w+\}/, id) + query }
}

t.test('After the end of its session on another server nothing can be read', async (t) => {
  t.ok(reads.length > 9, reads.join(' '))
  const all = (await people(2 * reads.length)).map((by, n) => {
    const valid = readBy(reads[n % reads.length] as string, by)
    const unknown = { ...valid, path: `${valid.path}${valid.path.includes('?') ? '&' : '?'}x=1` }
    return { by, sent: n < reads.length ? valid : unknown }
  })
  for (const [n, { by, sent }] of all.entries()) {
    t.equal((await send(there, by.token, sent)).status, n < reads.length ? 200 : 422, sent.path)
  }
  await append(
    owner,
    all.map(({ by }) => sessionEnded(by.session, by.userId)),
  )
  const after = await Promise.all(all.map(({ by, sent }) => send(there, by.token, sent)))
  for (const [n, response] of after.entries())
    t.strictSame(response, rejected, `${all[n]?.sent.path}`)
})

t.test('A session that expires after its look-up reads nothing', async (t) => {
  const { session, token } = await person()
  await owner.query('update read.sessions_10 set expires_at = now() where id = $1', [session])
  t.strictSame(await send(there, token, { method: 'GET', path: '/messages' }), rejected)
})

t.test(
  'In a race of reads and the end of their session, none begins later and succeeds',
  async (t) => {
    const race = async ({ token }: Person) => {
      let ended = false
      const end = pause(Math.random() * 20)
        .then(() => logOut(token))
        .then(() => {
          ended = true
        })
      const late: number[] = []
      for (let status = 200; status === 200; ) {
        const afterEnd = ended
        const sent = [1, 2, 3].map(() => send(there, token, { method: 'GET', path: '/messages' }))
        const statuses = (await Promise.all(sent)).map(({ status }) => status)
        if (afterEnd) late.push(...statuses)
        status = Math.max(...statuses)
      }
      await end
      return late
    }
    const late = (await Promise.all((await people(16)).map(race))).flat()
    t.strictSame(
      late.filter((status) => status !== 401),
      [],
    )
  },
)

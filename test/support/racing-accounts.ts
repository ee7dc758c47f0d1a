// Races of commands that rename or end an account, over HTTP on two servers, while the users of every release are live.
// Afterwards each name belongs to one user, and nothing is recorded about a user after the erasure.
import type { ClientBase } from 'pg'
import type { Test } from 'tap'
import { password } from './http/served.ts'
import { type Arena, arrive, expect, onlyOne, raceOnTwoServers } from './racing-servers.ts'

const races = {
  /** Two users want one username. */
  async usernames({ one, other, tag }: Arena) {
    const [a, b] = [await arrive(one, `a${tag}`), await arrive(other, `b${tag}`)]
    const username = `wanted${tag}`
    return onlyOne([
      one('PUT /users/me/username', { username }, a.token),
      other('PUT /users/me/username', { username }, b.token),
    ])
  },

  /** A user wants the username with which another registers. */
  async registration({ one, other, tag }: Arena) {
    const a = await arrive(one, `a${tag}`)
    const username = `new${tag}`
    const registered = other('POST /users', { email: `${username}@x.org`, username, password })
    return onlyOne([one('PUT /users/me/username', { username }, a.token), registered])
  },

  /** A user wants the username that another gives up: it is reserved, before and after. */
  async abandoned({ one, other, tag }: Arena) {
    const [a, b] = [await arrive(one, `a${tag}`), await arrive(other, `b${tag}`)]
    const [given, taken] = await Promise.all([
      one('PUT /users/me/username', { username: `free${tag}` }, a.token),
      other('PUT /users/me/username', { username: `a${tag}` }, b.token),
    ])
    expect(given, '204')
    return expect(taken, '409 username_taken')
  },

  /** A user is erased while messages from and to the user are sent, and the user logs in and changes the name. */
  async erasure({ one, other, owner, tag }: Arena) {
    const [a, b] = [await arrive(one, `a${tag}`), await arrive(other, `b${tag}`)]
    const login = { email: `a${tag}@x.org`, password }
    const [toErased, fromErased, session, renamed] = await Promise.all([
      other('POST /messages', { to: a.id, content: 'to' }, b.token),
      one('POST /messages', { to: b.id, content: 'from' }, a.token),
      other('POST /sessions', login),
      one('PUT /users/me/username', { username: `late${tag}` }, a.token),
      owner.query(`select log.forget($1, 'a race')`, [a.id]),
    ])
    expect(toErased, '201', '422 recipient_unknown', '410 gone')
    expect(fromErased, '201', '401 unauthenticated')
    expect(session, '201', '401 invalid_credentials')
    expect(renamed, '204', '401 unauthenticated', '404 not_found')
    for (const token of [a.token, session.body.token]) {
      if (token) expect(await other('GET /users/me', undefined, token), '401 unauthenticated')
    }
    expect(await one('POST /sessions', login), '401 invalid_credentials')
    await nothingAfterErasure(owner, a.id)
    return [toErased, fromErased, session, renamed].map(({ status }) => status.slice(0, 3)).join()
  },
}

/** Runs the races in turn, and returns how often each outcome occurred. Fails the test where one is impossible. */
export const raceOfAccounts = (t: Test, rounds: number, seed: number) =>
  raceOnTwoServers(t, races, rounds, seed)

/** The erasure is the last event of the user, and no later message comes from or goes to the user. */
async function nothingAfterErasure(owner: ClientBase, userId: string): Promise<void> {
  const { rows } = await owner.query(
    `select e.position from log.events e, log.erasures erased
     left join log.message_sent_3 m on m.position > erased.position and $1 in (m.src_id, m.dst_id)
     where erased.user_id = $1 and (e.stream_id = $1 and e.position > erased.position
       or e.position = m.position)`,
    [userId],
  )
  if (rows.length > 0) throw new Error(`recorded after the erasure: ${JSON.stringify(rows)}`)
}

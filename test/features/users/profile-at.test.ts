// The profile at an earlier time: by the query, for a user with old events, and over HTTP.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { findProfileAt } from '../../../src/features/users/profile-at.ts'
import { openRoutes } from '../../support/http/routes.ts'
import { connect } from '../../support/installed.ts'
import { writePast } from '../../support/past.ts'

const { url, pool, store, call, arrive } = await openRoutes(t)
const owner = await connect(t, url)

const id = randomUUID()
const [registered, changed] = ['2021-03-04T05:06:07.891234Z', '2022-03-04T05:06:07.5Z']
await writePast(owner, [{ at: registered, registers: id }])
await owner.query(
  `with header as (
     insert into log.events (stream_id, stream_version, type, recorded_at)
     values ($1, 2, 'password_changed_2', $2) returning position, recorded_at)
   insert into log.password_changed_2
   select $1, $1, 'another hash', null, recorded_at, position from header`,
  [id, changed],
)

t.test(
  'A profile at an instant is the one after the last event up to that millisecond',
  async (t) => {
    const versionAt = async (at: string) =>
      (await findProfileAt({ pool, store }, id, new Date(at)))?.version
    t.equal(await versionAt('0000-01-01T00:00:00Z'), undefined)
    t.equal(await versionAt('2021-03-04T05:06:07.890Z'), undefined, 'before the registration')
    t.equal(
      await versionAt('2021-03-04T05:06:07.891Z'),
      1,
      'in the millisecond of the registration',
    )
    t.equal(await versionAt('2022-03-04T05:06:07.499Z'), 1)
    t.equal(await versionAt('2022-03-04T06:06:07.500+01:00'), 2)
    t.equal(await versionAt('9999-12-31T23:59:59Z'), 2, 'in the future, the current version')
    t.match(await findProfileAt({ pool, store }, id, new Date(registered)), {
      id,
      email: `${id}@example.org`,
      username: null,
      registeredAt: '2021-03-04T05:06:07.891Z',
    })
  },
)

t.test('An unknown user has no profile at any time', async (t) => {
  t.equal(await findProfileAt({ pool, store }, randomUUID(), new Date()), undefined)
})

t.test(
  'GET /users/me?at= answers with the ETag of that time, and 404 before the registration',
  async (t) => {
    const ada = await arrive('ada')
    const { body: now } = await call('GET /users/me', ada)
    const at = (instant: string) => call(`GET /users/me?at=${encodeURIComponent(instant)}`, ada)
    const newPassword = 'staple it to the wall'
    await call('PUT /users/me/password', {
      ...ada,
      body: { currentPassword: 'correct horse battery', newPassword },
    })
    t.match(await at('2100-01-01T00:00:00+05:30'), {
      status: 200,
      headers: { etag: '"2"' },
      body: now,
    })
    const then = await at(now.registeredAt)
    t.match(then, { status: 200, body: now })
    t.match(String(then.headers.etag), /^"[12]"$/)
    for (const later of ['2100-01-01t00:00:00.5z', '9999-12-31T23:59:59-23:59']) {
      t.match(await at(later), { status: 200, body: now }, later)
    }
    t.equal((await at('0000-01-01T00:00:00-00:00')).status, 404)
    t.match(await at('2021-03-04T05:06:07Z'), { status: 404, body: { code: 'not_found' } })
  },
)

t.test('GET /users/me rejects an invalid instant and names the parameter', async (t) => {
  const bob = await arrive('bob')
  for (const at of ['yesterday', '2021-03-04', '2021-02-29T00:00:00Z', '2021-03-04T05:06:07', '']) {
    t.match(
      await call(`GET /users/me?at=${at}`, bob),
      { status: 422, body: { code: 'validation_failed', errors: [{ parameter: 'at' }] } },
      at,
    )
  }
})

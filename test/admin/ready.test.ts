// `ready` of GET /status, the metric and `/readyz` are one check, also while requests hold all connections.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { administered } from '../support/http/admin.ts'
import { untilWaits } from '../support/read-models/blocked-sessions.ts'
import { sampleOf, scrape } from '../support/scrape.ts'

const { call, url, owner, arrive } = await administered(t, { DATABASE_POOL_SIZE: '1' })
const status = async () => (await call<components['schemas']['Status']>('/status')).body
const isReady = async () => sampleOf(await scrape(url), 'epistle_ready')

t.test('A process is not ready while requests hold all of its connections', async (t) => {
  const ada = await arrive('ada')
  t.equal((await status()).ready, null)
  t.equal(await isReady(), 1)
  await owner.query('begin; lock table read.users_2 in access exclusive mode')
  const waiting = ada.client.GET('/users/{id}', { params: { path: { id: ada.user.id } } })
  await untilWaits(owner, 'read.users_2')
  const readyz = call('/readyz')
  const [shown, metric] = await Promise.all([status(), isReady()])
  t.equal(shown.ready, 'The check has had no connection or no answer for 3 seconds.')
  t.equal(metric, 0)
  t.not((await readyz).status, 200)
  await owner.query('rollback')
  await waiting
  t.equal((await call('/readyz')).status, 200)
  t.equal((await status()).ready, null)
  t.equal(await isReady(), 1)
})

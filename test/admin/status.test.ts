// What GET /status shows of webhooks and of its own process. Each response is compared with openapi/admin.json.
import t from 'tap'
import type { components } from '../../openapi/admin-types.ts'
import { administered } from '../support/http/admin.ts'

type Schemas = components['schemas']

const { call, owner, arrive } = await administered(t)
const ada = await arrive('ada')

t.test('GET /status shows how each webhook is doing, and no path of its URL', async (t) => {
  await owner.query(
    `insert into work.webhooks (name, url, personal, secret, position, attempts, failing_since, last_error)
     values ('crm', 'https://crm.example/token', false, 'whsec_1', 1, 2, '2026-01-02', 'no ada@example.org')`,
  )
  const { body } = await call<Schemas['Status']>('/status')
  const behind = String(BigInt(body.position) - 1n)
  t.match(body.webhooks, [
    { name: 'crm', origin: 'https://crm.example', state: 'failing', position: '1', behind },
  ])
  t.match(body.webhooks, [{ failingSince: /^2026-01-0\d.*Z$/, reason: 'no <address>' }])
  t.notMatch(JSON.stringify(body), /crm.example\/|whsec/)
  await owner.query('delete from work.webhooks')
})

t.test('GET /status shows the batches and appends of its own process, by its name', async (t) => {
  const { body: before } = await call<Schemas['Status']>('/status')
  await ada.client.POST('/messages', { body: { to: ada.user.id, content: 'one' } })
  const { body } = await call<Schemas['Status']>('/status')
  t.equal(body.process.name, body.readers[0]?.name)
  const { appends } = body.process
  t.ok(appends.calls > before.process.appends.calls)
  t.ok((appends.batchSize ?? 0) >= 1)
  t.ok((appends.p99Seconds ?? 0) > 0)
})

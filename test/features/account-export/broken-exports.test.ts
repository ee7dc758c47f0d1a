// Exports that break off: before they begin, with their session, and with the leases of the server.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import t from 'tap'
import { exportLines } from '../../../src/features/account-export/export.ts'
import { accountExportRoutes } from '../../../src/features/account-export/routes.ts'
import { createFairQueue } from '../../../src/platform/fair-queue.ts'
import type { App } from '../../../src/platform/http/app.ts'
import { bareApp, listen } from '../../support/http/bare-app.ts'
import { served } from '../../support/http/served.ts'

const { owner, arrive } = await served(t)
const ada = await arrive('ada')

t.test(
  'A client that has gone before its export begins leaves room for the next one',
  async (t) => {
    const session = {
      sessionId: ada.id,
      userId: ada.user.id,
      expiresAt: new Date(Date.now() + 60_000),
    }
    let isFirst = true
    const addRoutes = (app: App) => {
      app.addHook('preHandler', async ({ raw }, reply) => {
        if (!isFirst) return
        isFirst = false
        raw.socket.destroy()
        await once(reply.raw, 'close')
      })
      accountExportRoutes(app, { pool: owner, mayRead: () => true })
    }
    const { app } = await bareApp(t, addRoutes, { findSession: async () => session })
    const url = `http://127.0.0.1:${await listen(app)}/users/me/export`
    const request = { headers: { authorization: `Bearer ${ada.token}` } }
    await t.rejects(fetch(url, request))
    const next = await fetch(url, request)
    t.equal(next.status, 200)
    t.match(await next.text(), /export_ended/)
  },
)

t.test(
  'An export fails loudly, without its last line, when the server loses its leases',
  async (t) => {
    const deps = {
      pool: owner,
      pageLimit: createFairQueue({ concurrency: 1, maxWaiting: 1 }),
      mayRead: () => false,
      isActive: async () => true,
      gone: new AbortController().signal,
    }
    const lines = exportLines(deps, { userId: ada.user.id, upTo: '9', exportedAt: new Date() })
    const read: string[] = []
    const readAll = async () => {
      for await (const text of lines) read.push(text)
    }
    await t.rejects(readAll(), /leases/)
    t.match(read, [/export_started/])
  },
)

t.test('An export ends with its session, without its last line', async (t) => {
  const expiresAt = new Date(Date.now() + 60_000)
  const session = { sessionId: randomUUID(), userId: ada.user.id, expiresAt }
  const addRoutes = (app: App) => accountExportRoutes(app, { pool: owner, mayRead: () => true })
  // As if the session had ended after its look-up.
  const { app } = await bareApp(t, addRoutes, { findSession: async () => session })
  const url = `http://127.0.0.1:${await listen(app)}/users/me/export`
  const response = await fetch(url, { headers: { authorization: `Bearer ${ada.token}` } })
  t.equal(response.status, 200)
  await t.rejects(response.text())
})

// GET /status sends its queries at once, so it takes about as long as the slowest of them.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { statusRoutes } from '../../src/admin/status/routes.ts'
import { bareApp } from '../support/http/bare-app.ts'

t.test('GET /status asks for its parts together', async (t) => {
  let [running, most] = [0, 0]
  const query = async () => {
    running += 1
    most = Math.max(most, running)
    await pause(5)
    running -= 1
    return { rows: [] }
  }
  const { app } = await bareApp(t, (app) =>
    statusRoutes(app, {
      ...{ pool: { query } as never, version: '1', ours: Promise.resolve([]), hasOwner: false },
      process: { name: 'test', appends: { read: () => ({}) as never, close: () => undefined } },
      whyNotReady: async () => null,
    }),
  )
  await app.inject('/status')
  t.equal(most, 9)
})

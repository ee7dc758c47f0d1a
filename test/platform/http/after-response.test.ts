// Work that a route starts after its response.
import { once } from 'node:events'
import t from 'tap'
import { afterResponse } from '../../../src/platform/http/after-response.ts'
import { bareApp, listen } from '../../support/http/bare-app.ts'
import { until } from '../../support/until.ts'

/** A server whose route starts this work; the work receives whether the response was sent. */
function leaving(t: Parameters<typeof bareApp>[0], work: (answered: boolean) => Promise<void>) {
  const addRoutes: Parameters<typeof bareApp>[1] = (app) => {
    const runAfterResponse = afterResponse(app)
    app.post('/', { config: { open: true } }, async (_request, reply) => {
      runAfterResponse(reply, () => work(reply.raw.writableFinished))
      return { answered: true }
    })
  }
  return bareApp(t, addRoutes, { level: 'warn' })
}

t.test('A response does not wait for work after it, but closing the app does', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const steps: string[] = []
  const { app } = await leaving(t, async (answered) => {
    steps.push(answered ? 'begun' : 'begun too early')
    await promise
    steps.push('done')
  })
  const url = `http://127.0.0.1:${await listen(app)}/`
  t.same(await (await fetch(url, { method: 'POST' })).json(), { answered: true })
  await until('the work begins', async () => steps.length > 0)
  const closed = app.close().then(() => steps.push('closed'))
  await t.rejects(
    until('the server has stopped listening', () => fetch(url).then(() => false)),
    'the server no longer accepts connections',
  )
  resolve()
  await closed
  t.same(steps, ['begun', 'done', 'closed'])
})

t.test('The work also runs if the client has gone before the route is ready', async (t) => {
  const steps: string[] = []
  const { app } = await bareApp(t, (app) => {
    const runAfterResponse = afterResponse(app)
    app.post('/', { config: { open: true } }, async ({ raw }, reply) => {
      raw.socket.destroy()
      await once(reply.raw, 'close')
      runAfterResponse(reply, async () => void steps.push('done'))
      return {}
    })
  })
  await t.rejects(fetch(`http://127.0.0.1:${await listen(app)}/`, { method: 'POST' }))
  await until('the work is done', async () => steps.length > 0)
  t.same(steps, ['done'])
})

t.test('A failure of work after a response is only logged', async (t) => {
  const { app, lines } = await leaving(t, () => Promise.reject(new Error('no luck')))
  const answer = await app.inject({ method: 'POST', url: '/' })
  t.equal(answer.statusCode, 200)
  await until('the failure is logged', async () => lines.length > 0)
  t.match(JSON.parse(lines[0] ?? ''), { err: { message: 'no luck' }, requestId: String })
})

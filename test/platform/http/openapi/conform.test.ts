// The check that every served test relies on: it rejects responses that the document does not describe.
import t from 'tap'
import { conform } from '../../../support/http/conform.ts'

const user = { id: '0195d3a0-0000-7000-8000-000000000001', username: 'ada' }
const path = `/users/${user.id}`

function check(path: string, body: unknown, init: ResponseInit = {}) {
  const request = new Request(`http://localhost${path}`)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'epistle-position': '1', ...init.headers }
  return conform(request, new Response(text, { ...init, headers }))
}

t.test('A documented response conforms', async (t) => {
  t.equal(await check(path, user), 'getUser')
  t.equal(
    await check('/blocks', { items: [{ ...user, blockedAt: '2026-01-31T12:00:00.000Z' }] }),
    'listBlocks',
  )
  t.equal(
    await check('/problems', 'text', { headers: { 'content-type': 'text/plain' } }),
    'listProblems',
  )
})

t.test('A body with an undocumented, missing or invalid member is rejected', async (t) => {
  for (const body of [
    { ...user, email: 'ada@example.org' },
    { id: user.id },
    { ...user, id: 'ada' },
    { ...user, username: 1 },
    [],
    null,
  ]) {
    await t.rejects(check(path, body), /undocumented body/, JSON.stringify(body))
  }
  const nested = { items: [{ ...user, blockedAt: 'yesterday' }] }
  await t.rejects(check('/blocks', nested), /undocumented body/)
})

t.test('An undocumented status, media type, header or problem is rejected', async (t) => {
  await t.rejects(check(path, user, { status: 201 }), /201, which is not documented/)
  const html = { 'content-type': 'text/html' }
  await t.rejects(check(path, '', { headers: html }), /text\/html, which is not documented/)
  await t.rejects(check('/users/me', user), /without its headers ETag/)
  await t.rejects(check(path, { code: 'blocked' }, { status: 422 }), /blocked, which is not/)
  const problem = {
    type: '/problems/not_found',
    title: 'Not found',
    status: 404,
    code: 'not_found',
  }
  const init = { status: 404, headers: { 'content-type': 'application/problem+json' } }
  await check(path, problem, init)
  await t.rejects(check(path, { ...problem, secret: 1 }, init), /undocumented body/)
})

// The start page: HTML for browsers, JSON for programs.
import { createHash } from 'node:crypto'
import t from 'tap'
import { landingPage } from '../../../src/platform/http/landing.ts'
import { bareApp } from '../../support/http/bare-app.ts'

const { app } = await bareApp(t, (app) => landingPage(app, '1.2.3'))
const get = (accept?: string) => app.inject({ url: '/', headers: accept ? { accept } : {} })
const info = { name: 'Epistle', version: '1.2.3', docs: '/docs', openapi: '/openapi.json' }

t.test('A browser gets an HTML page with links, the version and a curl line', async (t) => {
  const page = await get('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8')
  t.equal(page.statusCode, 200)
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8')
  for (const path of ['docs', 'problems', 'readyz', 'openapi.json']) {
    t.ok(page.body.includes(`href="${path}"`), path)
  }
  t.match(page.body, 'Version 1.2.3')
  t.match(page.body, 'curl -i http://localhost:80/users')
})

t.test('A client that does not prefer HTML gets JSON', async (t) => {
  const others = [
    undefined, // without Accept every type is acceptable
    '*/*', // curl
    'application/json',
    'application/json, text/html;q=0.9',
    'text/html, application/json',
    'text/html;q=0, */*',
    'image/png',
  ]
  for (const accept of others) {
    const answer = await get(accept)
    t.match(answer.headers['content-type'], 'application/json', String(accept))
    t.same(answer.json(), info, String(accept))
  }
})

t.test('A client that prefers HTML by q gets HTML', async (t) => {
  for (const accept of [
    'text/html',
    'TEXT/HTML;Q=0.9, */*;q=0.1',
    'text/*, application/json;q=0.5',
  ]) {
    t.match((await get(accept)).headers['content-type'], 'text/html', accept)
  }
})

t.test('The start page has the security headers and a policy for its style only', async (t) => {
  const { headers, body } = await get('text/html')
  const style = body.match(/<style>([\s\S]*)<\/style>/)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  t.equal(
    headers['content-security-policy'],
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  )
  t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  t.match(headers.vary, 'Accept')
})

t.test('The start page does not repeat a Host header that is no host', async (t) => {
  for (const [host, status] of [
    ['<script>"', 400],
    ['a$(id);rm', 200],
  ] as const) {
    const headers = { accept: 'text/html', host }
    const { body, statusCode } = await app.inject({ url: '/', headers })
    t.equal(statusCode, status)
    t.notMatch(body, host)
    if (status === 200) t.match(body, 'curl -i http://localhost/users')
  }
})

t.test('HEAD on the start page has the headers of GET and no body', async (t) => {
  for (const accept of ['text/html', 'application/json']) {
    const answer = await app.inject({ method: 'HEAD', url: '/', headers: { accept } })
    t.equal(answer.statusCode, 200)
    t.match(answer.headers['content-type'], accept)
    t.equal(answer.body, '')
  }
})

t.test('Another method on the start page is 405 with Allow', async (t) => {
  for (const method of ['POST', 'DELETE', 'PUT'] as const) {
    const answer = await app.inject({ method, url: '/' })
    t.equal(answer.statusCode, 405)
    t.equal(answer.headers.allow, 'GET, HEAD, OPTIONS')
  }
})

t.test('The start page rejects unknown parameters', async (t) => {
  const answer = await app.inject('/?colour=red')
  t.match(answer.json(), { code: 'validation_failed', errors: [{ parameter: 'colour' }] })
})

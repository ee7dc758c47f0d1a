import { createHash } from 'node:crypto'
import t from 'tap'
import { type ProblemCode, problems } from '../../../../src/platform/http/problems/catalogue.ts'
import { problemPages } from '../../../../src/platform/http/problems/problem-pages.ts'
import { bareApp } from '../../../support/http/bare-app.ts'

const { app } = await bareApp(t, problemPages)
const codes = Object.keys(problems) as ProblemCode[]
const browser = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' }

t.test('Every problem has an HTML page for browsers and a text for other clients', async (t) => {
  for (const code of codes) {
    const page = await app.inject({ url: `/problems/${code}`, headers: browser })
    t.match(page.headers['content-type'], 'text/html')
    t.ok(page.body.includes(`<h1>${problems[code].title}</h1>`), code)
    const text = await app.inject(`/problems/${code}`)
    t.match(text.headers['content-type'], 'text/plain')
    t.ok(text.body.includes(problems[code].explanation), code)
  }
})

t.test('The list of problems links to every page', async (t) => {
  const page = await app.inject({ url: '/problems', headers: browser })
  const text = await app.inject('/problems')
  for (const code of codes) {
    t.ok(page.body.includes(`href="./problems/${code}"`), code)
    t.ok(text.body.includes(code), code)
  }
})

t.test('An explanation is escaped in HTML', async (t) => {
  const page = await app.inject({ url: '/problems/unauthenticated', headers: browser })
  t.match(page.body, '<code>Authorization: Bearer &lt;token&gt;</code>')
})

t.test('The policy of a page permits only its style', async (t) => {
  const { headers, body } = await app.inject({ url: '/problems', headers: browser })
  const style = body.match(/<style>([\s\S]*)<\/style>/)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  t.match(headers['content-security-policy'], `default-src 'none'; style-src 'sha256-${hash}'`)
  t.match(headers.vary, 'Accept')
})

t.test('An unknown code has no page', async (t) => {
  for (const code of ['teapot', 'toString', '__proto__']) {
    t.match((await app.inject(`/problems/${code}`)).json(), { code: 'not_found' }, code)
  }
})

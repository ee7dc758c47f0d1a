// Where the links of mails lead: pages that browsers run, and that do nothing by themselves.
import { createHash } from 'node:crypto'
import t from 'tap'
import { proofPages } from '../../src/proof/pages.ts'
import { bareApp } from '../http/bare-app.ts'

const { app } = await bareApp(t, proofPages)
const paths = ['/reset-password', '/verify-email']

for (const path of paths) {
  t.test(`${path} runs its own script and style, and nothing else`, async (t) => {
    const { statusCode, headers, body } = await app.inject({ url: path })
    t.equal(statusCode, 200)
    const policy = String(headers['content-security-policy'])
    for (const element of ['script', 'style']) {
      const [, text = ''] = new RegExp(`<${element}>(.*)</${element}>`, 's').exec(body) ?? []
      const hash = createHash('sha256').update(text).digest('base64')
      t.match(policy, `${element}-src 'sha256-${hash}'`)
    }
    t.match(policy, "default-src 'none'")
    t.match(headers, { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  })

  t.test(`${path} can be used without seeing or pointing`, async (t) => {
    const { body } = await app.inject({ url: path })
    t.match(body, '<html lang="en">')
    t.match(body, '<p role="status">', 'what happened is read aloud')
    for (const [, id] of body.matchAll(/<input id="(\w+)"/g)) {
      t.match(body, `<label for="${id}">`)
    }
    t.equal(body.match(/<button>/g)?.length, 1)
  })
}

import t from 'tap'
import { z } from 'zod'
import {
  etag,
  existenceCondition,
  precondition,
} from '../../../../src/platform/http/conventions/etags.ts'
import { bareApp } from '../../../support/http/bare-app.ts'

const holding = (header: string | undefined) => precondition({ headers: { 'if-match': header } })
const unless = (header: string) => precondition({ headers: { 'if-none-match': header } })

t.test('Every version passes without If-Match', (t) => {
  t.doesNotThrow(() => holding(undefined)(0))
  t.doesNotThrow(() => holding(undefined)(7))
  t.end()
})

t.test('A version matches anywhere in the list of If-Match', (t) => {
  t.equal(etag(3), '"3"')
  for (const header of ['"3"', '"1", "3"', '"3","4"', ' , "2" , ,"3",', '"a,b", "3"']) {
    t.doesNotThrow(() => holding(header)(3), header)
  }
  t.end()
})

t.test('Any other version is version_mismatch, and the response has the current ETag', (t) => {
  t.throws(() => holding('"3"')(4), { code: 'version_mismatch', headers: { ETag: '"4"' } })
  t.end()
})

t.test('A weak entity tag never matches', (t) => {
  t.throws(() => holding('W/"3"')(3), { code: 'version_mismatch' })
  t.doesNotThrow(() => holding('W/"3", "3"')(3))
  t.end()
})

t.test('If-Match: * matches only an existing stream', (t) => {
  t.doesNotThrow(() => holding('*')(1))
  t.throws(() => holding(' * ')(0), { code: 'version_mismatch' })
  t.end()
})

t.test('A malformed If-Match is validation_failed before the version is read', (t) => {
  for (const header of ['3', '"3', '"3" "4"', '*, "3"', 'w/"3"', '', ',', '"a b"']) {
    t.throws(
      () => holding(header),
      { code: 'validation_failed', document: { errors: [{ parameter: 'If-Match' }] } },
      header,
    )
  }
  t.end()
})

t.test('If-None-Match fails for each of its tags, compared weakly, and otherwise holds', (t) => {
  for (const header of ['"3"', 'W/"3"', '"1", W/"3"', '*', ' , "3"', '"3.read"']) {
    t.throws(
      () => unless(header)(3),
      { code: 'version_mismatch', headers: { ETag: '"3"' } },
      header,
    )
  }
  for (const header of ['"1"', 'W/"2", "4"']) t.doesNotThrow(() => unless(header)(3), header)
  t.doesNotThrow(() => unless('*')(0), 'there is no such resource')
  t.throws(() => unless('3'), { code: 'validation_failed' })
  t.end()
})

t.test('If-Match is evaluated before If-None-Match', (t) => {
  const both = (match: string, none: string) =>
    precondition({ headers: { 'if-match': match, 'if-none-match': none } })(3)
  t.doesNotThrow(() => both('"3"', '"2"'))
  t.throws(() => both('"3"', '"3"'), /is in `If-None-Match`/)
  t.throws(() => both('"2"', '"3"'), /is not in `If-Match`/)
  t.end()
})

t.test('A change ignores what other streams have added to the representation', (t) => {
  t.equal(etag(3, 'read'), '"3.read"')
  t.doesNotThrow(() => holding('"3.read"')(3))
  t.throws(() => holding('"2.read"')(3), { code: 'version_mismatch' })
  t.end()
})

t.test('Only * matches what has no entity tag', (t) => {
  const exists = (name: string, header: string) =>
    existenceCondition({ headers: { [name]: header } })
  t.doesNotThrow(() => exists('if-match', '*')(true))
  t.doesNotThrow(() => exists('if-none-match', '"1"')(true))
  t.doesNotThrow(() => exists('if-none-match', '*')(false))
  t.throws(() => exists('if-match', '*')(false), { code: 'version_mismatch' })
  t.throws(() => exists('if-match', '"1"')(true), { code: 'version_mismatch' })
  t.throws(() => exists('if-none-match', '*')(true), { code: 'version_mismatch' })
  t.end()
})

let changes = 0
const { app } = await bareApp(t, (app) => {
  const config = { open: true }
  const schema = { body: z.looseObject({}) }
  app.get('/thing', { schema: {}, config: { ...config, headers: ['ETag'] } }, async (_, reply) => {
    reply.header('ETag', etag(2, 'read'))
    return { a: 'thing' }
  })
  app.post('/list', { schema, config }, async () => ({ changes: ++changes }))
})
const ask = async (call: string, headers: Record<string, string>) => {
  const [method, url] = call.split(' ') as ['GET', string]
  return app.inject({ method, url, headers, ...(method.startsWith('P') && { payload: {} }) })
}

t.test('A response to GET and HEAD is 304 or 412 by its entity tag', async (t) => {
  const length = '13'
  for (const method of ['GET', 'HEAD']) {
    for (const tags of ['"2.read"', 'W/"2.read"', '"1", "2.read"', '*']) {
      const unchanged = await ask(`${method} /thing`, { 'if-none-match': tags })
      t.equal(unchanged.statusCode, 304, `${method} ${tags}`)
      t.equal(unchanged.payload, '')
      t.match(unchanged.headers, { etag: '"2.read"', 'cache-control': 'no-store' })
      const ofTheSame = method === 'HEAD' ? length : undefined
      t.equal(unchanged.headers['content-length'], ofTheSame, 'never the length of no content')
    }
    const changed = await ask(`${method} /thing`, { 'if-none-match': '"2"', 'if-match': '*' })
    t.match(changed, { statusCode: 200, headers: { 'content-length': length } })
    for (const tags of ['"2"', 'W/"2.read"']) {
      const other = await ask(`${method} /thing`, { 'if-match': tags, 'if-none-match': '*' })
      t.equal(other.statusCode, 412, 'If-Match comes first')
      t.match(other.headers, { etag: '"2.read"', 'content-type': 'application/problem+json' })
    }
    t.equal((await ask(`${method} /thing`, { 'if-match': '2' })).statusCode, 422)
    const dated = { 'if-modified-since': 'Thu, 01 Jan 2037 00:00:00 GMT' }
    t.equal((await ask(`${method} /thing`, dated)).statusCode, 200, 'without a date to compare')
  }
})

t.test('A change of what has no entity tag evaluates conditions before its handler', async (t) => {
  for (const [status, headers] of [
    [412, { 'if-match': '"1"' }],
    [412, { 'if-none-match': '*' }],
    [422, { 'if-match': '1' }],
  ] as const) {
    t.equal((await ask('POST /list', headers)).statusCode, status)
  }
  t.equal(changes, 0)
  const holding = { 'if-match': '*', 'if-none-match': '"1"' }
  t.equal((await ask('POST /list', holding)).statusCode, 200)
})

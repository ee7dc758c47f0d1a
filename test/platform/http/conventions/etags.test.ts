import t from 'tap'
import { etag, precondition } from '../../../../src/platform/http/conventions/etags.ts'

const holding = (header: string | undefined) => precondition({ headers: { 'if-match': header } })

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

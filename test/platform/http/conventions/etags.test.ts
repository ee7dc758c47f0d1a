import t from 'tap'
import { etag, precondition } from '../../../../src/platform/http/conventions/etags.ts'

const holding = (header: string | undefined) => precondition({ headers: { 'if-match': header } })

t.test('without If-Match every version will do', (t) => {
  t.doesNotThrow(() => holding(undefined)(0))
  t.doesNotThrow(() => holding(undefined)(7))
  t.end()
})

t.test('a version that is listed matches, wherever in the list', (t) => {
  t.equal(etag(3), '"3"')
  for (const header of ['"3"', '"1", "3"', '"3","4"', ' , "2" , ,"3",', '"a,b", "3"']) {
    t.doesNotThrow(() => holding(header)(3), header)
  }
  t.end()
})

t.test('any other version is version_mismatch, and told', (t) => {
  t.throws(() => holding('"3"')(4), { code: 'version_mismatch', headers: { ETag: '"4"' } })
  t.end()
})

t.test('a weak tag never matches', (t) => {
  t.throws(() => holding('W/"3"')(3), { code: 'version_mismatch' })
  t.doesNotThrow(() => holding('W/"3", "3"')(3))
  t.end()
})

t.test('* matches what exists, and nothing else', (t) => {
  t.doesNotThrow(() => holding('*')(1))
  t.throws(() => holding(' * ')(0), { code: 'version_mismatch' })
  t.end()
})

t.test('a malformed If-Match is validation_failed before any version is known', (t) => {
  for (const header of ['3', '"3', '"3" "4"', '*, "3"', 'w/"3"', '', ',', '"a b"']) {
    t.throws(
      () => holding(header),
      { code: 'validation_failed', document: { errors: [{ parameter: 'If-Match' }] } },
      header,
    )
  }
  t.end()
})

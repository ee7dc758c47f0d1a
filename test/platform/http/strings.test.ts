import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import { codePoints } from '../../../src/platform/code-points.ts'
import { serializerCompiler } from '../../../src/platform/http/schema-compilers.ts'
import { text, uuid } from '../../../src/platform/http/strings.ts'

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

t.test('A text rejects U+0000 and lone surrogates, and accepts surrogate pairs', (t) => {
  t.notOk(accepts(text(), 'a\u0000b'))
  t.notOk(accepts(text(), '\ud83d'))
  t.notOk(accepts(text(), 'x\udc4bx'))
  t.ok(accepts(text(), '👋🏽'))
  t.end()
})

t.test('A name rejects what breaks its line or reorders the text around it', (t) => {
  const name = text({ trim: true, isName: true })
  for (const code of [
    0x07, 0x09, 0x0a, 0x0d, 0x1b, 0x7f, 0x85, 0x2028, 0x2029, 0x200f, 0x202e, 0x2066,
  ]) {
    const value = `a${String.fromCodePoint(code)}b`
    t.match(
      name.safeParse(value).error?.issues,
      [{ message: /control characters/ }],
      `U+${code.toString(16)}`,
    )
    t.ok(accepts(text(), value), 'and a message may contain it')
  }
  for (const value of ['My phone\n', 'هاتفي', '👩‍💻 بيت', 'می‌خواهم', 'naïve — “x”'])
    t.ok(accepts(name, value), value)
  t.end()
})

t.test('The length of a text is counted in code points, with inclusive limits', (t) => {
  const schema = text({ min: 2, max: 3 })
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'é', '👋', '漢'), { maxLength: 6 }), (characters) => {
      const fits = characters.length >= 2 && characters.length <= 3
      return accepts(schema, characters.join('')) === fits
    }),
  )
  t.equal(codePoints('a👋b'), 3)
  t.end()
})

t.test('A text that is too long is not checked further', (t) => {
  const looked: string[] = []
  const schema = text({ max: 3 }).refine((value) => looked.push(value) > 0)
  const issues = (value: string) => schema.safeParse(value).error?.issues
  t.match(issues('\u0000'.repeat(2 ** 20)), [{ message: 'expected at most 3 characters' }])
  t.equal(issues('abc\u0000')?.length, 1)
  t.same(looked, [])
  t.ok(schema.safeParse('abc').success)
  t.same(looked, ['abc'])
  t.end()
})

t.test('The JSON Schema of a text contains its limits', (t) => {
  t.match(z.toJSONSchema(text({ min: 1, max: 10 })), { minLength: 1, maxLength: 10 })
  t.end()
})

t.test('An id is a UUID of any version, parsed to lower case', (t) => {
  t.equal(
    uuid.parse('019A0000-0000-7000-8000-00000000ABCD'),
    '019a0000-0000-7000-8000-00000000abcd',
  )
  for (const no of ['me', '', '019a0000000070008000000000000001', '{019a0000-0000-7000-8000-0}']) {
    t.notOk(accepts(uuid, no), no)
  }
  t.end()
})

t.test('The serializer writes times as JSON.stringify does, also those that are dates', (t) => {
  const time = z.iso.datetime()
  const schema = z.strictObject({
    at: time,
    until: time.nullable(),
    no: time.optional(),
    date: z.date(),
  })
  const write = serializerCompiler({ schema, method: 'GET', url: '/' })
  const date = new Date('2026-11-29T12:00:00.500Z')
  const at = date.toISOString()
  for (const until of [at, null]) {
    const answer = { at, until, date }
    t.equal(write(answer), JSON.stringify(answer))
  }
  t.end()
})

t.test('The serializer writes ids as JSON.stringify does, also optional and null ones', (t) => {
  const schema = z.strictObject({ id: uuid, session: uuid.nullable(), other: uuid.optional() })
  const warnings = t.capture(console, 'warn')
  const write = serializerCompiler({ schema, method: 'GET', url: '/' })
  const id = '019ac2f0-6f3a-7c44-9d0e-3d2c1b0a9f8e'
  for (const answer of [
    { id, session: null },
    { id, session: id, other: id },
    { id, session: id, other: undefined },
  ]) {
    t.equal(write(answer), JSON.stringify(answer))
  }
  t.same(warnings(), [], 'and no warning is printed for the format')
  t.end()
})

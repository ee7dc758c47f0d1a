// The response to an invalid request stays small, however many errors it has.
import t from 'tap'
import { z } from 'zod'
import {
  firstErrors,
  MAX_ERRORS,
} from '../../../../src/platform/http/problems/validation-errors.ts'
import { text } from '../../../../src/platform/http/strings.ts'
import { bareApp } from '../../../support/http/bare-app.ts'

const { app } = await bareApp(t, (app) => {
  const config = { open: true }
  const body = z.strictObject({
    word: text({ max: 5 }),
    more: z.array(text({ max: 5 })).optional(),
  })
  app.post('/words', { schema: { body }, config, bodyLimit: 2 ** 20 }, async () => 'never')
  app.get('/words', { schema: { querystring: z.strictObject({}) }, config }, async () => 'words')
})
const post = (payload: object) => app.inject({ method: 'POST', url: '/words', payload })
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

t.test('Only the first of many unknown fields are reported', async (t) => {
  const keys = numbers(50_000).map((index) => [`key ${index}`, index])
  const answer = await post({ word: 'hello', ...Object.fromEntries(keys) })
  const { errors } = answer.json()
  t.equal(errors.length, MAX_ERRORS)
  t.same(errors[0], { pointer: '/key 0', code: 'unknown_field', message: 'unknown field' })
  t.ok(answer.body.length < 5_000)
})

t.test('Only the first of many invalid items are reported', async (t) => {
  const { errors } = (await post({ word: 'hello', more: numbers(50_000) })).json()
  t.equal(errors.length, MAX_ERRORS)
  const [first] = errors
  const params = { expected: 'string' }
  const message = 'expected a string'
  t.same(first, { pointer: '/more/0', code: 'wrong_type', params, message })
})

t.test('Only the first of many unknown parameters are reported', async (t) => {
  for (const parameter of ['p', 'p%ff']) {
    const query = numbers(900).map((index) => `${parameter}${index % 300}=1`)
    const answer = await app.inject(`/words?${query.join('&')}`)
    t.equal(answer.json().errors.length, MAX_ERRORS, parameter)
  }
})

t.test('An overlong field name is shortened in the response', async (t) => {
  const name = 'x'.repeat(10_000)
  const cut = `${'x'.repeat(64)}…`
  t.match((await post({ word: 'hello', [name]: 1 })).json().errors, [{ pointer: `/${cut}` }])
  for (const query of [`${name}=1`, `${name}=1&${name}=2`, `${name}%ff`]) {
    t.match((await app.inject(`/words?${query}`)).json().errors, [{ parameter: cut }])
  }
  const halved = `${'x'.repeat(63)}👋`
  const [{ pointer }] = (await post({ word: 'hello', [halved]: 1 })).json().errors
  t.ok(pointer.isWellFormed(), 'no character is cut in half')
})

t.test('Errors beyond the limit are not built', (t) => {
  let built = 0
  function* endless() {
    for (;;) yield { code: 'required' as const, message: `${++built}` }
  }
  t.equal(firstErrors(endless()).length, MAX_ERRORS)
  t.equal(built, MAX_ERRORS)
  t.end()
})

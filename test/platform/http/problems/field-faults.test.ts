// Every entry of `errors` has a code of the closed set, the parameters of that code, and our own message.
import { readFile } from 'node:fs/promises'
import type { FastifySchemaCompiler } from 'fastify'
import t from 'tap'
import { z } from 'zod'
import { accountHistoryRoutes } from '../../../../src/features/account-history/routes.ts'
import { deletionRoutes } from '../../../../src/features/account-recovery/deletion-routes.ts'
import { emailChangeRoutes } from '../../../../src/features/account-recovery/email-change-routes.ts'
import { accountRecoveryRoutes } from '../../../../src/features/account-recovery/routes.ts'
import { sessionRevocationRoute } from '../../../../src/features/account-recovery/session-revocation-route.ts'
import { blockRoutes } from '../../../../src/features/blocks/routes.ts'
import { conversationRoutes } from '../../../../src/features/conversations/routes.ts'
import { liveUpdateRoutes } from '../../../../src/features/live-updates/routes.ts'
import { messageRoutes } from '../../../../src/features/messages/routes.ts'
import { reportRoutes } from '../../../../src/features/moderation/routes.ts'
import { sessionRoutes } from '../../../../src/features/sessions/routes.ts'
import { statisticsRoutes } from '../../../../src/features/statistics/routes.ts'
import { userRoutes } from '../../../../src/features/users/routes.ts'
import { newPassword } from '../../../../src/features/users/schemas.ts'
import { type FieldError, faultCodes } from '../../../../src/platform/http/problems/field-faults.ts'
import type { Problem } from '../../../../src/platform/http/problems/problem.ts'
import { problemPages } from '../../../../src/platform/http/problems/problem-pages.ts'
import { validatorCompiler } from '../../../../src/platform/http/schema-compilers.ts'
import { bareApp } from '../../../support/http/bare-app.ts'
import { readDocument } from '../../../support/markdown.ts'

type Part = 'body' | 'querystring' | 'params'
type Schema = Parameters<FastifySchemaCompiler<z.ZodType>>[0]['schema']
interface Checked {
  readonly operationId: string
  readonly part: Part
  readonly schema: Schema
}

/** What zod would write by itself, if it were asked. */
const raw = 'text of zod'
z.config({ localeError: () => raw })

const checked: Checked[] = []
await bareApp(t, (app) => {
  app.addHook('onRoute', ({ schema }) => {
    for (const part of ['body', 'querystring', 'params'] as const) {
      const found = schema?.[part] as Schema | undefined
      if (found) checked.push({ operationId: schema?.operationId ?? '', part, schema: found })
    }
  })
  const deps = { pool: {}, passwordMinLength: 8, notifications: { subscribe: () => undefined } }
  for (const addRoutes of [
    userRoutes,
    accountRecoveryRoutes,
    emailChangeRoutes,
    deletionRoutes,
    sessionRevocationRoute,
    sessionRoutes,
    messageRoutes,
    conversationRoutes,
    blockRoutes,
    reportRoutes,
    liveUpdateRoutes,
    statisticsRoutes,
    accountHistoryRoutes,
  ]) {
    addRoutes(app, deps as never)
  }
  problemPages(app)
})

/** The `params` that each code has; those after `?` can be absent. */
const paramsOf: Partial<Record<string, readonly string[]>> = {
  wrong_type: ['expected'],
  conflicting: ['with'],
  too_short: ['min'],
  too_long: ['max'],
  out_of_range: ['min?', 'max?'],
  not_one_of: ['values'],
  invalid_format: ['format'],
  invalid_email: ['reason?'],
  same_as: ['other'],
}

const values: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  1.5,
  1e9,
  '',
  'x',
  'admin',
  '...',
  '[1]',
  'a b c d',
  '"ada"@example.org',
  'ädä@example.org',
  'ada@[127.0.0.1]',
  `ada@${'b.'.repeat(150)}org`,
  '0000-01-01',
  '2026-02-30',
  'x'.repeat(20_000),
  '\u0000'.repeat(20),
  '\ud800'.repeat(20),
  [],
  [7],
  [{}],
  Array.from({ length: 200 }, () => ({})),
  {},
]

/** Bad inputs of a schema: no object at all, and each value in each of its fields, or in all of them. */
function inputsOf({ schema: given, part }: Checked): readonly unknown[] {
  const shape = (given as z.ZodObject).shape ?? {}
  const fields = Object.keys(shape).flatMap((name) => values.map((value) => ({ [name]: value })))
  const pairs = values.map((value) => Object.fromEntries(Object.keys(shape).map((n) => [n, value])))
  // Only a body can be something else than an object.
  return [...(part === 'body' ? values : []), { unheardOf: 1 }, ...fields, ...pairs]
}

function errorsOf({ schema, part }: Checked, input: unknown): readonly FieldError[] {
  const validate = validatorCompiler({ schema, httpPart: part, method: 'POST', url: '/' } as never)
  const { error } = validate(input) as { error?: Problem }
  return error?.document.errors ?? []
}

t.test('Every operation with parameters or a body of the document is checked here', async (t) => {
  const document = JSON.parse(
    await readFile(new URL('../../../../openapi/openapi.json', import.meta.url), 'utf8'),
  )
  interface Operation {
    readonly operationId: string
    readonly requestBody?: object
    readonly parameters?: { in: string }[]
  }
  const operations = Object.values<Record<string, Operation>>(document.paths).flatMap((path) =>
    Object.values(path),
  )
  const withInput = operations.filter(
    ({ requestBody, parameters = [] }) =>
      requestBody || parameters.some((parameter) => parameter.in !== 'header'),
  )
  const ids = new Set(checked.map(({ operationId }) => operationId))
  t.same(
    withInput
      .filter(({ operationId }) => !ids.has(operationId))
      .map(({ operationId }) => operationId),
    [],
  )
})

t.test('Every fault that a schema can find has a code with its parameters, in our words', (t) => {
  const seen = new Set<string>()
  const wrong = new Set<string>()
  for (const each of checked) {
    for (const input of inputsOf(each)) {
      for (const error of errorsOf(each, input)) {
        const { code, params = {}, message, pointer, parameter } = error
        seen.add(code)
        const expected = paramsOf[code] ?? []
        const needed = expected.filter((name) => !name.endsWith('?'))
        const isKnown = Object.hasOwn(faultCodes, code)
        const hasParams =
          needed.every((name) => name in params) &&
          Object.keys(params).every((n) => expected.some((name) => name.replace('?', '') === n))
        const isPlaced = (pointer === undefined) !== (parameter === undefined)
        const isOurs = /^[a-zA-Z].{4,}/.test(message) && !message.includes(raw)
        if (isKnown && hasParams && isPlaced && isOurs) continue
        wrong.add(`${each.operationId} ${each.part}: ${JSON.stringify(error).slice(0, 200)}`)
      }
    }
  }
  t.same([...wrong], [])
  t.same([...seen].sort(), [
    'invalid_characters',
    'invalid_email',
    'invalid_format',
    'not_one_of',
    'out_of_range',
    'repeated',
    'required',
    'reserved',
    'same_as',
    'too_long',
    'too_short',
    'unknown_field',
    'wrong_type',
  ])
  t.end()
})

t.test('A weak password is reported beside every fault of the other fields', (t) => {
  const bodies = checked.filter(({ part }) => part === 'body')
  const judged = new Set<string>()
  const silent = new Set<string>()
  for (const each of bodies) {
    const { shape } = each.schema as unknown as z.ZodObject
    const password = ['newPassword', 'password'].find((name) => shape?.[name] === newPassword)
    if (!password) continue
    judged.add(each.operationId)
    for (const name of Object.keys({ ...shape, unheardOf: true })) {
      if (name === password) continue
      for (const value of values) {
        const errors = errorsOf(each, { [name]: value, [password]: 'weak' })
        const found = errors.find(({ pointer }) => pointer === `/${password}`)
        if (errors.length > 0 && found?.code !== 'too_short')
          silent.add(`${each.operationId} ${name}: ${value}`)
      }
    }
  }
  t.same([...judged].sort(), ['changePassword', 'registerUser', 'resetPassword'])
  t.same([...silent], [])
  t.end()
})

t.test('The README for API clients lists every code with its parameters', async (t) => {
  const readme = await readDocument('openapi/README.md')
  const rows = [...readme.matchAll(/^\| `([a-z_]+)` \|(.*?)\| [A-Z].*\|$/gm)]
  const listed = new Map(rows.map(([, code = '', params = '']) => [code, params]))
  t.same([...listed.keys()].sort(), Object.keys(faultCodes).sort())
  for (const [code, params] of listed) {
    const names = [...params.matchAll(/`(\w+)`/g)].map(([, name]) => name)
    t.same(names, paramsOf[code]?.map((name) => name.replace('?', '')) ?? [], code)
  }
})

// GET /settings: the values that a front end would otherwise repeat, and how long it may keep them.
import t from 'tap'
import type { z } from 'zod'
import { loadConfig } from '../../../src/config.ts'
import { messageContent } from '../../../src/features/messages/schemas.ts'
import { reportReason } from '../../../src/features/moderation/schemas.ts'
import { sessionLabel } from '../../../src/features/sessions/schemas.ts'
import { settingsRoute } from '../../../src/features/settings/routes.ts'
import { newEmail, newUsername, passwordCandidate } from '../../../src/features/users/schemas.ts'
import { clientId } from '../../../src/platform/http/conventions/client-ids.ts'
import { idempotencyKey } from '../../../src/platform/http/conventions/idempotency-header.ts'
import { bareApp } from '../../support/http/bare-app.ts'

async function ask(env: Record<string, string>, headers: Record<string, string> = {}) {
  const { app } = await bareApp(t, (app) => settingsRoute(app, loadConfig(env)))
  return app.inject({ url: '/settings', headers })
}

t.test('Settings contain what the operator configured', async (t) => {
  t.match((await ask({})).json(), {
    productName: 'Epistle',
    emailVerificationRequired: false,
    sessionDays: 30,
    password: { minLength: 8 },
  })
  const env = {
    PRODUCT_NAME: 'Pigeon Post',
    REQUIRE_VERIFIED_EMAIL: 'true',
    SESSION_DAYS: '7',
    SESSION_MAX_DAYS: '0',
    PASSWORD_MIN_LENGTH: '15',
  }
  t.match((await ask(env)).json(), {
    productName: 'Pigeon Post',
    emailVerificationRequired: true,
    sessionDays: 7,
    sessionMaxDays: 0,
    password: { minLength: 15 },
  })
})

t.test('Clients can keep the settings, and validate them by their entity tag', async (t) => {
  const { headers, statusCode } = await ask({})
  t.equal(statusCode, 200)
  t.equal(headers['cache-control'], 'public, max-age=300')
  const tag = String(headers.etag)
  t.match(tag, /^"[\w-]{22}"$/)
  t.equal((await ask({}, { 'if-none-match': tag })).statusCode, 304)
  const changed = await ask({ SESSION_DAYS: '7' }, { 'if-none-match': tag })
  t.equal(changed.statusCode, 200, 'other settings have another tag')
})

t.test('The limits in the settings are those that requests are checked by', async (t) => {
  const { email, username, password, message, session, report, request } = (await ask({})).json()
  const accepts = (schema: z.ZodType, value: string) => schema.safeParse(value).success
  const limits: [z.ZodType, number, (length: number) => string][] = [
    [newUsername, username.maxLength, (length) => 'x'.repeat(length)],
    [passwordCandidate, password.maxLength, (length) => '👋'.repeat(length)],
    [sessionLabel, session.labelMaxLength, (length) => '👋'.repeat(length)],
    [clientId, request.clientIdMaxLength, (length) => '👋'.repeat(length)],
    [messageContent, message.maxLength, (length) => '👋'.repeat(length)],
    [reportReason, report.reasonMaxLength, (length) => '👋'.repeat(length)],
    [
      newEmail,
      email.maxLength,
      (length) => `${`a@${'b.'.repeat(length)}`.slice(0, length - 3)}org`,
    ],
  ]
  for (const [schema, max, ofLength] of limits) {
    t.ok(accepts(schema, ofLength(max)), `${max}`)
    t.notOk(accepts(schema, ofLength(max + 1)), `${max + 1}`)
  }
  t.ok(accepts(newUsername, 'x'.repeat(username.minLength)))
  t.notOk(accepts(newUsername, 'x'.repeat(username.minLength - 1)))
  const key = (length: number) =>
    idempotencyKey({ headers: { 'idempotency-key': 'k'.repeat(length) } }, 'ada', 'sendMessage')
  t.ok(key(request.idempotencyKeyMaxLength))
  t.throws(() => key(request.idempotencyKeyMaxLength + 1), { code: 'validation_failed' })
  t.match(
    { request, message, username },
    {
      request: { maxBytes: 16_384, maxWaitSeconds: 30 },
      message: { maxBytes: 131_072, maxBatchBytes: 1_048_576 },
      username: { maxIds: 100 },
    },
  )
  for (const name of username.reserved) t.notOk(accepts(newUsername, name), name)
  t.match('Ada_L.-7', new RegExp(username.pattern))
  t.notMatch('Ada L', new RegExp(username.pattern))
})

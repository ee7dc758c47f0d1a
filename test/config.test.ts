import { readFile } from 'node:fs/promises'
import t from 'tap'
import { ConfigError, loadConfig, variables } from '../src/config.ts'

t.test('an empty environment makes a whole, frozen configuration', (t) => {
  const config = loadConfig({})
  t.match(config, {
    databaseUrl: undefined,
    host: '127.0.0.1',
    port: 3000,
    corsOrigins: [],
    sessionDays: 30,
    sessionMaxDays: 365,
    passwordMinLength: 8,
    hashCost: { memoryKiB: 19_456, passes: 2, parallelism: 1 },
    rateLimits: true,
    trustProxy: [],
  })
  t.ok(Object.isFrozen(config) && Object.isFrozen(config.hashCost))
  t.end()
})

/** A value other than the default for every variable, and the configuration they make. */
const everyVariable = {
  DATABASE_URL: 'postgres://ada@db.example:5433/epistle?sslmode=verify-full',
  DATABASE_POOL_SIZE: '3',
  APPEND_PATIENCE_SECONDS: '30',
  READ_DATABASE_URL: 'postgres://ada@one.example:5433,two.example/epistle',
  READ_POOL_SIZE: '4',
  REPLICA_WAIT_MS: '0',
  HOST: '0.0.0.0',
  PORT: '0',
  ADMIN_PORT: '9100',
  ADMIN_HOST: '0.0.0.0',
  ADMIN_TOKEN_SHA256: 'ab'.repeat(32),
  FEED_TOKENS: `search:${'AB'.repeat(32)}, crm:personal:${'cd'.repeat(32)}`,
  WEBHOOK_LOOPBACK: 'on',
  ADMIN_DATABASE_URL: 'postgres://owner@db.example:5433/epistle',
  MAX_CONNECTIONS: '20000',
  WEB_CHAT: 'on',
  LOG_LEVEL: 'debug',
  CORS_ORIGINS: 'https://a.example, http://localhost:5173',
  SESSION_DAYS: '7',
  SESSION_MAX_DAYS: '0',
  PASSWORD_MIN_LENGTH: '15',
  ARGON2_MEMORY_KIB: '65536',
  ARGON2_PASSES: '3',
  HASH_CONCURRENCY: '2',
  HASH_QUEUE: '0',
  RATE_LIMITS: 'off',
  TRUST_PROXY: 'loopback, 10.0.0.0/8,2001:db8::7',
  SHUTDOWN_SECONDS: '5',
  REQUIRE_VERIFIED_EMAIL: 'true',
  SMTP_URL: 'smtps://ada:sesame@mail.example:465',
  MAIL_FROM: 'Ada <ada@epistle.example>',
  MAIL_OUTBOX: '/tmp/outbox',
  FORGET_MESSAGES: 'content',
  FORGET_LEDGER: '/secure/erasures.jsonl',
  LETTERS_DIR: '/etc/letters',
  DEFAULT_LANGUAGE: 'pt-br',
  PRODUCT_NAME: 'Pigeon Post',
  WELCOME_MESSAGE: 'Hello, {username}!',
  APP_URL: 'https://app.example/chat/',
  PUBLIC_URL: 'https://epistle.example/app/',
}
const fromEveryVariable = {
  databaseUrl: 'postgres://ada@db.example:5433/epistle?sslmode=verify-full',
  databasePoolSize: 3,
  appendPatienceSeconds: 30,
  readDatabaseUrl: 'postgres://ada@one.example:5433,two.example/epistle',
  readPoolSize: 4,
  replicaWaitMs: 0,
  host: '0.0.0.0',
  port: 0,
  adminPort: 9100,
  adminHost: '0.0.0.0',
  adminTokenSha256: 'ab'.repeat(32),
  feedTokens: [
    { name: 'search', personal: false, tokenHash: 'ab'.repeat(32) },
    { name: 'crm', personal: true, tokenHash: 'cd'.repeat(32) },
  ],
  webhookLoopback: true,
  adminDatabaseUrl: 'postgres://owner@db.example:5433/epistle',
  maxConnections: 20_000,
  webChat: 'on',
  logLevel: 'debug',
  corsOrigins: ['https://a.example', 'http://localhost:5173'],
  sessionDays: 7,
  sessionMaxDays: 0,
  passwordMinLength: 15,
  requireVerifiedEmail: true,
  hashCost: { memoryKiB: 65_536, passes: 3, parallelism: 1 },
  hashBounds: { concurrency: 2, maxWaiting: 0 },
  rateLimits: false,
  trustProxy: ['loopback', '10.0.0.0/8', '2001:db8::7'],
  shutdownSeconds: 5,
  smtpUrl: 'smtps://ada:sesame@mail.example:465',
  mailFrom: { name: 'Ada', address: 'ada@epistle.example' },
  mailOutbox: '/tmp/outbox',
  forgetMessages: 'content',
  forgetLedger: '/secure/erasures.jsonl',
  lettersDir: '/etc/letters',
  defaultLanguage: 'pt-BR',
  productName: 'Pigeon Post',
  welcomeMessage: 'Hello, {username}!',
  appUrl: 'https://app.example/chat',
  publicUrl: 'https://epistle.example/app',
}

t.test('Every variable has an effect', (t) => {
  t.same(Object.keys(everyVariable).sort(), [...variables].sort(), 'every variable is set')
  t.same(loadConfig(everyVariable), fromEveryVariable)
  t.end()
})

t.test('An empty variable counts as unset, and so does one that has only space', (t) => {
  for (const value of ['', ' \n']) {
    const empty = Object.fromEntries(variables.map((name) => [name, value]))
    t.same(loadConfig(empty), loadConfig({}))
  }
  t.end()
})

t.test('loadConfig reports every invalid variable at once, one line each', (t) => {
  const invalid = {
    PORT: '65536',
    LOG_LEVEL: 'loud',
    CORS_ORIGINS: 'https://a.example/path',
    SESSION_DAYS: '1.5',
    RATE_LIMITS: 'yes',
    TRUST_PROXY: '0.0.0.0/0',
    HASH_QUEUE: '-1',
    MAIL_FROM: 'a@x.org, b@x.org',
    LETTERS_DIR: '~/letters',
    DEFAULT_LANGUAGE: 'en_US',
    PRODUCT_NAME: 'x'.repeat(65),
    WELCOME_MESSAGE: 'x'.repeat(1001),
    APP_URL: 'app.example',
    PUBLIC_URL: 'epistle.example',
  }
  const error = t.throws(() => loadConfig(invalid)) as unknown as ConfigError
  t.type(error, ConfigError)
  const [, ...lines] = error.message.split('\n')
  t.equal(lines.length, Object.keys(invalid).length)
  for (const [name, value] of Object.entries(invalid)) {
    t.ok(
      lines.some((line) => line.includes(`${name} is "${value}"; expected `)),
      name,
    )
  }
  t.end()
})

t.test('loadConfig does not print an invalid URL that may contain a password', (t) => {
  const url = 'mysql://ada:open-sesame@db/epistle'
  for (const name of ['DATABASE_URL', 'SMTP_URL']) {
    const error = t.throws(() => loadConfig({ [name]: url })) as unknown as ConfigError
    t.match(error.message, `${name} is not a valid URL; expected `)
    t.notMatch(error.message, 'open-sesame')
  }
  for (const name of ['PUBLIC_URL', 'CORS_ORIGINS']) {
    const error = t.throws(() => loadConfig({ [name]: 'https://ada:open-sesame@a.example' }))
    t.notMatch(String(error), 'open-sesame')
  }
  t.end()
})

t.test('.env.example documents every variable with its default', async (t) => {
  const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8')
  const documented = [...text.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [
    name,
    value,
  ])
  t.same(documented.map(([name]) => name).sort(), [...variables].sort())
  t.same(loadConfig(Object.fromEntries(documented)), loadConfig({}))
})

t.test('An admin port on another address than a loopback address needs a token', (t) => {
  for (const ADMIN_HOST of ['0.0.0.0', '::', '192.0.2.1', 'admin.example']) {
    t.throws(() => loadConfig({ ADMIN_PORT: '9100', ADMIN_HOST }), {
      message:
        /ADMIN_TOKEN_SHA256 is not set; expected the SHA-256 of a token, because ADMIN_HOST is/,
    })
    t.ok(loadConfig({ ADMIN_HOST }), 'without an admin port nothing is needed')
  }
  for (const ADMIN_HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
    t.equal(loadConfig({ ADMIN_PORT: '0', ADMIN_HOST }).adminPort, 0)
  }
  t.throws(() => loadConfig({ ADMIN_TOKEN_SHA256: 'secret' }), {
    message: /ADMIN_TOKEN_SHA256 is not a valid hash; expected .* 64 hexadecimal digits/,
  })
  t.end()
})

/**
 * Turns the environment into one frozen, typed Config. No other file reads `process.env`.
 *
 * Every invalid variable is reported at once, a line each: the value given and the value expected. Space around
 * a value is removed, and an empty variable counts as unset. `.env.example` documents every variable, and a
 * test compares the two.
 */

import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { toLanguage } from './platform/mail/letters.ts'
import { maxCost } from './platform/passwords/hash.ts'
import {
  databaseUrlForm,
  isDatabaseUrl,
  isDatabaseUrlOfHosts,
} from './platform/postgres/database-url.ts'
import {
  isLoopback,
  listOf,
  toBaseUrl,
  toFeedToken,
  toHost,
  toMailbox,
  toNetwork,
  toOrigin,
  toPath,
  toSmtpUrl,
} from './setting-formats.ts'

export type Config = Readonly<ReturnType<typeof toConfig>>

/** The environment is not a valid configuration. The message has one line for each invalid variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Node hashes on four threads by default. Half of the machine stays free for answering requests. */
const hashThreads = Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)))

const environment = z.object({
  DATABASE_URL: z.string().refine(isDatabaseUrl, databaseUrlForm),
  DATABASE_POOL_SIZE: whole(1, 1000, 10),
  APPEND_PATIENCE_SECONDS: whole(1, 600, 10),
  READ_DATABASE_URL: z
    .string()
    .refine(isDatabaseUrlOfHosts, `${databaseUrlForm}; commas separate several hosts`)
    .optional(),
  READ_POOL_SIZE: whole(1, 1000, 10),
  REPLICA_WAIT_MS: whole(0, 10_000, 50),
  HOST: format(toHost, 'a host name or an IP address, without a port').default('127.0.0.1'),
  PORT: whole(0, 65_535, 3000),
  ADMIN_PORT: whole(0, 65_535).optional(),
  ADMIN_HOST: format(toHost, 'a host name or an IP address, without a port').default('127.0.0.1'),
  ADMIN_TOKEN_SHA256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'the SHA-256 of a token, in 64 hexadecimal digits')
    .optional(),
  FEED_TOKENS: format(
    listOf(toFeedToken),
    'consumers such as search:<SHA-256 of its token> or crm:personal:<SHA-256>, separated by commas',
  ).default([]),
  WEBHOOK_LOOPBACK: oneOf(['on', 'off'], 'off'),
  ADMIN_DATABASE_URL: z.string().refine(isDatabaseUrl, databaseUrlForm).optional(),
  WEB_CHAT: z.enum(['on', 'off'], 'one of on, off').optional(),
  MAX_CONNECTIONS: whole(10, 1_000_000, 10_000),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
  CORS_ORIGINS: format(
    listOf(toOrigin),
    'origins such as https://app.example,http://localhost:5173 without a path, or *',
  ).default([]),
  SESSION_DAYS: whole(1, 3650, 30),
  SESSION_MAX_DAYS: whole(0, 3650, 365),
  // Every service must permit passwords of 64 characters (NIST SP 800-63B-4), so the minimum cannot exceed it.
  PASSWORD_MIN_LENGTH: whole(8, 64, 8),
  REQUIRE_VERIFIED_EMAIL: oneOf(['true', 'false'], 'false'),
  ARGON2_MEMORY_KIB: whole(1024, maxCost.memoryKiB, 19_456),
  ARGON2_PASSES: whole(1, maxCost.passes, 2),
  HASH_CONCURRENCY: whole(1, 64, hashThreads),
  // With one hash of 25 to 50 ms at a time, the last of a hundred requests waits less than five seconds.
  HASH_QUEUE: whole(0, 100_000, 100),
  RATE_LIMITS: oneOf(['on', 'off'], 'on'),
  TRUST_PROXY: format(
    listOf(toNetwork),
    'addresses or networks such as 10.0.0.7,10.1.0.0/16, or loopback, linklocal, uniquelocal',
  ).default([]),
  SHUTDOWN_SECONDS: whole(1, 600, 10),
  SMTP_URL: format(
    toSmtpUrl,
    'smtp://user:password@host:587, or smtps://user:password@host:465, with a percent-encoded login',
  ).optional(),
  MAIL_FROM: format(
    toMailbox,
    'an e-mail address with ASCII before its @, or Name <address>',
  ).default({ name: 'Epistle', address: 'epistle@localhost' }),
  MAIL_OUTBOX: path('folder').prefault('.data/outbox'),
  FORGET_MESSAGES: oneOf(['author', 'content'], 'author'),
  FORGET_LEDGER: path('file').optional(),
  LETTERS_DIR: path('folder').optional(),
  DEFAULT_LANGUAGE: format(toLanguage, 'a language tag such as en, de or pt-BR').default('en'),
  // It becomes part of mails, so it has no line ends.
  PRODUCT_NAME: z
    .string()
    .regex(/^[^\p{Cc}]{1,64}$/u, 'a text of 1 to 64 characters, without line breaks')
    .default('Epistle'),
  // A message has at most 10,000 characters, and a username, which replaces {username}, 30.
  WELCOME_MESSAGE: z
    .string()
    .regex(/^\P{Cc}{1,1000}$/u, 'a text of at most 1000 characters on one line, or off')
    .optional(),
  APP_URL: format(
    toBaseUrl,
    'a URL such as https://app.example, without login, query and fragment',
  ).optional(),
  PUBLIC_URL: format(
    toBaseUrl,
    'a URL such as https://epistle.example, without login, query and fragment',
  ).optional(),
})

/** The names of all variables. */
export const variables = Object.keys(environment.shape)

/** Printed in place of values that can contain a password or, by mistake, a token. No URL with a login is printed. */
const secrets: Readonly<Record<string, string>> = {
  DATABASE_URL: 'not a valid URL',
  ADMIN_DATABASE_URL: 'not a valid URL',
  READ_DATABASE_URL: 'not a valid URL',
  SMTP_URL: 'not a valid URL',
  ADMIN_TOKEN_SHA256: 'not a valid hash',
  FEED_TOKENS: 'not valid',
}
const login = /\/\/[^/]*@/

const settings = environment.partial({ DATABASE_URL: true }).superRefine((env, context) => {
  const { ADMIN_PORT, ADMIN_HOST, ADMIN_TOKEN_SHA256 } = env
  if (ADMIN_PORT === undefined || ADMIN_TOKEN_SHA256 !== undefined || isLoopback(ADMIN_HOST)) return
  context.addIssue({
    code: 'custom',
    path: ['ADMIN_TOKEN_SHA256'],
    message: `the SHA-256 of a token, because ADMIN_HOST is ${ADMIN_HOST}, which is no loopback address`,
  })
})

/** Reads the configuration. Throws ConfigError. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // A file or a secret store can add a line end, which would become part of a link or a header.
  const trimmed = Object.entries(env).map(([name, value]) => [name, value?.trim()] as const)
  const given = Object.fromEntries(trimmed.filter(([, value]) => value !== ''))
  const result = settings.safeParse(given)
  if (result.success) return deepFreeze(toConfig(result.data))
  const lines = result.error.issues.map(({ path, message }) => {
    const name = String(path[0])
    return `  ${name} is ${shown(name, given[name])}; expected ${message}`
  })
  throw new ConfigError(`the configuration is not valid:\n${lines.join('\n')}`)
}

function shown(name: string, value: string | undefined): string {
  if (value === undefined) return 'not set'
  return secrets[name] ?? (login.test(value) ? 'not a valid URL' : JSON.stringify(value))
}

function toConfig(env: z.output<typeof settings>) {
  return {
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    appendPatienceSeconds: env.APPEND_PATIENCE_SECONDS,
    readDatabaseUrl: env.READ_DATABASE_URL,
    readPoolSize: env.READ_POOL_SIZE,
    replicaWaitMs: env.REPLICA_WAIT_MS,
    host: env.HOST,
    port: env.PORT,
    adminPort: env.ADMIN_PORT,
    adminHost: env.ADMIN_HOST,
    adminTokenSha256: env.ADMIN_TOKEN_SHA256,
    feedTokens: env.FEED_TOKENS,
    webhookLoopback: env.WEBHOOK_LOOPBACK === 'on',
    adminDatabaseUrl: env.ADMIN_DATABASE_URL,
    webChat: env.WEB_CHAT,
    maxConnections: env.MAX_CONNECTIONS,
    logLevel: env.LOG_LEVEL,
    corsOrigins: env.CORS_ORIGINS,
    sessionDays: env.SESSION_DAYS,
    sessionMaxDays: env.SESSION_MAX_DAYS,
    passwordMinLength: env.PASSWORD_MIN_LENGTH,
    requireVerifiedEmail: env.REQUIRE_VERIFIED_EMAIL === 'true',
    hashCost: { memoryKiB: env.ARGON2_MEMORY_KIB, passes: env.ARGON2_PASSES, parallelism: 1 },
    hashBounds: { concurrency: env.HASH_CONCURRENCY, maxWaiting: env.HASH_QUEUE },
    rateLimits: env.RATE_LIMITS === 'on',
    trustProxy: env.TRUST_PROXY,
    shutdownSeconds: env.SHUTDOWN_SECONDS,
    smtpUrl: env.SMTP_URL,
    mailFrom: env.MAIL_FROM,
    mailOutbox: env.MAIL_OUTBOX,
    forgetMessages: env.FORGET_MESSAGES,
    forgetLedger: env.FORGET_LEDGER,
    lettersDir: env.LETTERS_DIR,
    defaultLanguage: env.DEFAULT_LANGUAGE,
    productName: env.PRODUCT_NAME,
    welcomeMessage: env.WELCOME_MESSAGE,
    appUrl: env.APP_URL,
    publicUrl: env.PUBLIC_URL,
  }
}

function whole(min: number, max: number, fallback: number): z.ZodDefault<WholeNumber>
function whole(min: number, max: number): WholeNumber
function whole(min: number, max: number, fallback?: number) {
  const number = z
    .string()
    .refine(
      (digits) => /^\d{1,9}$/.test(digits) && Number(digits) >= min && Number(digits) <= max,
      {
        error: `a whole number from ${min} to ${max}`,
      },
    )
    .transform(Number)
  return fallback === undefined ? number : number.default(fallback)
}

type WholeNumber = z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>

function path(kind: 'file' | 'folder') {
  return format(toPath, `the path of a ${kind}, without ~ and line ends`)
}

function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  fallback: Words[number],
) {
  return z.enum(words, `one of ${words.join(', ')}`).default(fallback as never)
}

/** A value in the form that the rest of the code uses; `normalize` returns undefined for an invalid one. */
function format<Value>(normalize: (text: string) => Value | undefined, expected: string) {
  return z.string().transform((text, context): Value => {
    const value = normalize(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
}

function deepFreeze<T extends object>(object: T): Readonly<T> {
  for (const value of Object.values(object)) if (typeof value === 'object') deepFreeze(value)
  return Object.freeze(object)
}

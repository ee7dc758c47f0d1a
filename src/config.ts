/**
 * Turns the environment into one frozen, typed Config. No other file reads `process.env`.
 *
 * Every invalid variable is reported at once, a line each: the value given and the value expected. An empty
 * variable counts as unset. `.env.example` documents every variable, and a test compares the two.
 */

import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { maxCost } from './platform/passwords/hash.ts'

/** A display name that needs no quotes and exactly one address. */
const mailbox = /^(?:[^<>@,;:"\\\r\n]* <[^<>@\s,;]+@[^<>@\s,;]+>|[^<>@\s,;]+@[^<>@\s,;]+)$/

export type Config = Readonly<ReturnType<typeof toConfig>>

/** The environment is not a valid configuration. The message has one line for each invalid variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Node hashes on four threads by default. Half of the machine stays free for answering requests. */
const hashThreads = Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)))

const environment = z.object({
  DATABASE_URL: z
    .string()
    .refine(isUrlOf(['postgres:', 'postgresql:']), 'postgres://user:password@host/database'),
  DATABASE_POOL_SIZE: whole(1, 1000, 10),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65_535, 3000),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform(toList)
    .refine((origins) => origins.every(isOrigin), 'origins such as https://app.example, or *'),
  SESSION_DAYS: whole(1, 3650, 30),
  // Every service must permit passwords of 64 characters (NIST SP 800-63B-4), so the minimum cannot exceed it.
  PASSWORD_MIN_LENGTH: whole(8, 64, 8),
  REQUIRE_VERIFIED_EMAIL: oneOf(['true', 'false'], 'false'),
  ARGON2_MEMORY_KIB: whole(1024, maxCost.memoryKiB, 19_456),
  ARGON2_PASSES: whole(1, maxCost.passes, 2),
  HASH_CONCURRENCY: whole(1, 64, hashThreads),
  // With one hash of 25 to 50 ms at a time, the last of a hundred requests waits less than five seconds.
  HASH_QUEUE: whole(0, 100_000, 100),
  RATE_LIMITS: oneOf(['on', 'off'], 'on'),
  TRUST_PROXY: z
    .string()
    .default('')
    .transform(toList)
    .refine(
      (proxies) => proxies.every(isNetwork),
      'addresses or networks such as 10.0.0.7,10.1.0.0/16, or loopback, linklocal, uniquelocal',
    ),
  SHUTDOWN_SECONDS: whole(1, 600, 10),
  SMTP_URL: z
    .string()
    .refine(
      isUrlOf(['smtp:', 'smtps:']),
      'smtp://user:password@host:587, or smtps://user:password@host:465',
    )
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(mailbox, 'an e-mail address, or Name <address>')
    .default('Epistle <epistle@localhost>'),
  MAIL_OUTBOX: z.string().default('.data/outbox'),
  PUBLIC_URL: z
    .string()
    .refine(isUrlOf(['http:', 'https:']), 'a URL such as https://epistle.example')
    .optional(),
})

/** The names of all variables. */
export const variables = Object.keys(environment.shape)

/** Variables that can contain a password. Their values are never printed. */
const withPasswords: ReadonlySet<string> = new Set(['DATABASE_URL', 'SMTP_URL'])

const settings = environment.partial({ DATABASE_URL: true })

/** Reads the configuration. Throws ConfigError. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = settings.safeParse(given)
  if (result.success) return deepFreeze(toConfig(result.data))
  const lines = result.error.issues.map(({ path, message }) => {
    const name = String(path[0])
    const value = withPasswords.has(name) ? 'not a valid URL' : JSON.stringify(given[name])
    return `  ${name} is ${value}; expected ${message}`
  })
  throw new ConfigError(`the configuration is not valid:\n${lines.join('\n')}`)
}

function toConfig(env: z.output<typeof settings>) {
  return {
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    corsOrigins: env.CORS_ORIGINS,
    sessionDays: env.SESSION_DAYS,
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
    publicUrl: env.PUBLIC_URL?.replace(/\/+$/, ''),
  }
}

function whole(min: number, max: number, fallback: number) {
  return z
    .string()
    .refine(
      (digits) => /^\d{1,9}$/.test(digits) && Number(digits) >= min && Number(digits) <= max,
      {
        error: `a whole number from ${min} to ${max}`,
      },
    )
    .transform(Number)
    .default(fallback)
}

function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  fallback: Words[number],
) {
  return z.enum(words, `one of ${words.join(', ')}`).default(fallback as never)
}

function toList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim())
  return items.filter((item) => item !== '')
}

/** An address, a network, or a named group of networks; never every address, which could then be forged. */
function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  if (bits === undefined) return true
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128)
}

function isUrlOf(protocols: readonly string[]) {
  return (text: string) => URL.canParse(text) && protocols.includes(new URL(text).protocol)
}

function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text)
}

function deepFreeze<T extends object>(object: T): Readonly<T> {
  for (const value of Object.values(object)) if (typeof value === 'object') deepFreeze(value)
  return Object.freeze(object)
}

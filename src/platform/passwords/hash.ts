/**
 * A password hash as it is kept: a PHC string of argon2, whose parameters stand in front of salt and
 * tag. What they may be, and when they are too low. Computes nothing; that is the hasher's.
 *
 * The strings are for ever in the log: hence the parameters are written in the order `m,t,p` that the
 * reference implementation insists on when it reads them.
 */

/** The cost of one hash. At least 19456 KiB, 2 passes, 1 lane (OWASP Password Storage). */
export interface HashCost {
  readonly memoryKiB: number
  readonly passes: number
  readonly parallelism: number
}

/** How a stored hash was made. */
export interface HashParameters extends HashCost {
  readonly variant: string
  readonly version: number
}

/**
 * The most that is ever computed, and may be configured: about ten seconds of one processor. What
 * was configured once is thus verified for ever, and what somebody imported cannot take the server
 * down.
 */
export const maxCost: HashCost = { memoryKiB: 1_048_576, passes: 16, parallelism: 16 }

/** Salts of 8 to 64 bytes, tags of 12 to 128. A string without a version is of the first, 16. */
const PHC =
  /^\$(argon2(?:id|i|d))(?:\$v=(16|19))?\$([mtp]=\d{1,10}(?:,[mtp]=\d{1,10}){2})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,171}$/

/** The parameters of a stored hash; undefined where it is none of argon2. */
export function readParameters(hash: string): HashParameters | undefined {
  const [, variant, version = '16', parameters] = PHC.exec(hash) ?? []
  if (!variant || !parameters) return undefined
  const values = new Map(parameters.split(',').map((pair) => [pair[0], Number(pair.slice(2))]))
  const [memoryKiB, passes, parallelism] = [values.get('m'), values.get('t'), values.get('p')]
  if (!memoryKiB || !passes || !parallelism || memoryKiB < 8 * parallelism) return undefined
  return { variant, version: Number(version), memoryKiB, passes, parallelism }
}

/** Whether a hash may be computed here without harm to everybody else. */
export function isAffordable(cost: HashCost): boolean {
  return (
    cost.memoryKiB <= maxCost.memoryKiB &&
    cost.passes <= maxCost.passes &&
    cost.parallelism <= maxCost.parallelism
  )
}

/** What a hash takes: KiB written, over all passes. Lanes share it among processors. */
export function workOf({ memoryKiB, passes }: HashCost): number {
  return memoryKiB * passes
}

/**
 * Whether a new hash would be the stronger one: more work in no less memory, or the same of both by
 * the newest variant. Of two costs that each have their merits neither replaces the other.
 */
export function isOutdated(stored: HashParameters, configured: HashCost): boolean {
  if (configured.memoryKiB < stored.memoryKiB) return false
  const more = workOf(configured) - workOf(stored)
  const newest = stored.variant === 'argon2id' && stored.version === 19
  return more > 0 || (more === 0 && !newest)
}

/** Writes a hash by argon2id, version 19. */
export function toPhc(
  { memoryKiB, passes, parallelism }: HashCost,
  salt: Buffer,
  tag: Buffer,
): string {
  const [s, t] = [salt, tag].map((bytes) => bytes.toString('base64').replaceAll('=', ''))
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${s}$${t}`
}

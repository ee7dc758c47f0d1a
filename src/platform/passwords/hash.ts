/**
 * Stored password hashes: PHC strings of argon2 with parameters, salt and tag. This file reads and writes
 * them, and decides which parameters are accepted and when they are outdated. The hasher computes them.
 *
 * The strings stay in the log forever, so their parameters are written in the order `m,t,p`, the only
 * order that the reference implementation reads.
 */

/** The cost of one hash: at least 19456 KiB, 2 passes, 1 lane (OWASP Password Storage). */
export interface HashCost {
  readonly memoryKiB: number
  readonly passes: number
  readonly parallelism: number
}

/** The parameters of a stored hash. */
export interface HashParameters extends HashCost {
  readonly variant: string
  readonly version: number
}

/**
 * The highest cost that is ever computed or configured: about ten seconds of one processor. Hashes made at
 * any configured cost can therefore always be verified, and an imported hash cannot take the server down.
 */
export const maxCost: HashCost = { memoryKiB: 1_048_576, passes: 16, parallelism: 16 }

/** Salts have 8 to 64 bytes, tags 12 to 128. A string without a version has the first version, 16. */
const PHC =
  /^\$(argon2(?:id|i|d))(?:\$v=(16|19))?\$([mtp]=\d{1,10}(?:,[mtp]=\d{1,10}){2})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,171}$/

/** The parameters of a stored hash; undefined when it is not a valid argon2 hash. */
export function readParameters(hash: string): HashParameters | undefined {
  const [, variant, version = '16', parameters] = PHC.exec(hash) ?? []
  if (!variant || !parameters) return undefined
  const values = new Map(parameters.split(',').map((pair) => [pair[0], Number(pair.slice(2))]))
  const [memoryKiB, passes, parallelism] = [values.get('m'), values.get('t'), values.get('p')]
  if (!memoryKiB || !passes || !parallelism || memoryKiB < 8 * parallelism) return undefined
  return { variant, version: Number(version), memoryKiB, passes, parallelism }
}

/** Whether the server can compute a hash of this cost without starving other requests. */
export function isAffordable(cost: HashCost): boolean {
  return (
    cost.memoryKiB <= maxCost.memoryKiB &&
    cost.passes <= maxCost.passes &&
    cost.parallelism <= maxCost.parallelism
  )
}

/** The work of a hash: KiB written, over all passes. Lanes only spread it over processors. */
export function workOf({ memoryKiB, passes }: HashCost): number {
  return memoryKiB * passes
}

/**
 * Whether a new hash would be stronger: more work in no less memory, or the same work and memory with the
 * newest variant. When each cost is stronger in one respect, neither replaces the other.
 */
export function isOutdated(stored: HashParameters, configured: HashCost): boolean {
  if (configured.memoryKiB < stored.memoryKiB) return false
  const more = workOf(configured) - workOf(stored)
  const newest = stored.variant === 'argon2id' && stored.version === 19
  return more > 0 || (more === 0 && !newest)
}

/** The PHC string of a hash by argon2id, version 19. */
export function toPhc(
  { memoryKiB, passes, parallelism }: HashCost,
  salt: Buffer,
  tag: Buffer,
): string {
  const [s, t] = [salt, tag].map((bytes) => bytes.toString('base64').replaceAll('=', ''))
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${s}$${t}`
}

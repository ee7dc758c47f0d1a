/**
 * The tokens of retries. A mail's token is an event, whose position in the log clients can see, and a mail that
 * another worker retries has another token. So that the retry appends nothing, its token is stored outside the
 * log, as another name of the token that the event recorded: it is valid while that one is.
 *
 * Only hashes are stored, with the rate-limit counts, where they expire with the link. After a crash of the
 * database the last half second of them may be lost; the user then requests another mail.
 */

import type { Queryable } from '../../platform/postgres/prepared.ts'

/** Makes a token, by its hash, another name of a recorded one until `expiresAt`. */
export async function keepRetryToken(
  on: Queryable,
  { tokenHash, recordedHash, expiresAt }: RetryToken,
): Promise<void> {
  await on.query({
    name: 'mailTokens.keepRetryToken',
    text: `insert into limits.counts (key, points, expire) values ($1, 1, $2)
      on conflict (key) do nothing`,
    values: [`${prefixOf(tokenHash)}${recordedHash}`, expiresAt.getTime()],
  })
}

interface RetryToken {
  readonly tokenHash: string
  readonly recordedHash: string
  readonly expiresAt: Date
}

/** The hash of the recorded token that a retry's token stands for; undefined without one. */
export async function recordedHashOf(
  on: Queryable,
  tokenHash: string,
): Promise<string | undefined> {
  const prefix = prefixOf(tokenHash)
  const { rows } = await on.query({
    name: 'mailTokens.recordedHash',
    // No character of a key sorts after `~`.
    text: 'select key from limits.counts where key between $1 and $2 and expire > $3',
    values: [prefix, `${prefix}~`, Date.now()],
  })
  return rows[0]?.key.slice(prefix.length)
}

const prefixOf = (tokenHash: string) => `mail_token:${tokenHash}:`

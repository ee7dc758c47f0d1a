/** `Retry-After` of a receiver (RFC 9110, 10.2.3): seconds, or a date. */

/** The statuses whose `Retry-After` says when the next attempt can succeed. */
const statuses: ReadonlySet<number> = new Set([429, 503])

/** How many seconds the receiver asks to wait; undefined where it asks for nothing that can be read. */
export function retryAfterSeconds(
  status: number,
  header: string | undefined,
  now = Date.now(),
): number | undefined {
  if (!statuses.has(status) || header === undefined) return undefined
  const text = header.trim()
  if (/^\d{1,10}$/.test(text)) return Number(text)
  const until = Date.parse(text)
  return Number.isNaN(until) ? undefined : Math.max(0, Math.ceil((until - now) / 1000))
}

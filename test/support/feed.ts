// Consumers of the feed: one reads pages of newline-delimited JSON, another follows the stream.
import { createHash } from 'node:crypto'
import type { ClientBase } from 'pg'

/** An event as the feed publishes it. */
export interface Published {
  readonly id: string
  readonly position: string
  readonly type: string
  readonly timestamp: string
  readonly streamId: string
  readonly streamVersion: number
  readonly data: Readonly<Record<string, unknown>>
}

export const openToken = 'the token of a search engine'
export const personalToken = 'the token of a customer database'

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** One consumer without and one with personal data. */
export const FEED_TOKENS = `search:${hashOf(openToken)},crm:personal:${hashOf(personalToken)}`

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

export interface Page {
  readonly events: Published[]
  readonly position: string
  readonly cursor: string
  /** The target of the link to the next page. */
  readonly next: string | undefined
}

/** Reads one page; throws the response's text if it is no page. */
export async function readPage(adminUrl: string, query: string, token: string): Promise<Page> {
  const response = await fetch(`${adminUrl}/feed?${query}`, { headers: bearer(token) })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return {
    events: text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
    position: response.headers.get('epistle-position') ?? '',
    cursor: response.headers.get('epistle-cursor') ?? '',
    next: /<(.*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1],
  }
}

/** Reads pages up to a position of the log. */
export async function readAll(
  adminUrl: string,
  token: string,
  { upTo, after = '0', more = 'limit=7' }: { upTo: bigint; after?: string; more?: string },
): Promise<Published[]> {
  const events: Published[] = []
  let cursor = after
  for (let position = after; BigInt(position) < upTo; ) {
    const page = await readPage(adminUrl, `after=${cursor}&${more}`, token)
    events.push(...page.events)
    cursor = page.cursor
    position = page.position
  }
  return events
}

/** The cursor of the end of the log, after all pages before it. */
export async function readToEnd(adminUrl: string, token: string): Promise<string> {
  let page = await readPage(adminUrl, 'limit=500', token)
  while (page.next) page = await readPage(adminUrl, `limit=500&after=${page.cursor}`, token)
  return page.cursor
}

/** What the log has: each event's position, id and type, in order. */
export async function readLog(owner: ClientBase): Promise<string[]> {
  const { rows } = await owner.query(
    `select position || ' ' || id || ' ' || regexp_replace(type, '_[0-9]+$', '') as event
     from log.events order by position`,
  )
  return rows.map(({ event }) => event)
}

/** The same of published events. */
export function asLog(events: readonly Published[]): string[] {
  return events.map(({ position, id, type }) => `${position} ${id} ${type}`)
}

/**
 * The state of each webhook, for operators: `epistle status` and the admin port show it. Of the URL it contains only the
 * origin, because the path can contain a token of the receiver.
 */

import type { Queryable } from '../postgres/prepared.ts'
import { byOperator } from './endpoints.ts'

/** `disabled` by failures or by a 410, `stopped` by an operator. */
export type WebhookState = 'delivering' | 'failing' | 'disabled' | 'stopped'

export interface WebhookOverview {
  readonly name: string
  /** E.g. `https://crm.example`. */
  readonly origin: string
  readonly state: WebhookState
  /** The position of the last event that it has, decimal. */
  readonly position: string
  /** How many positions of the log are after it, decimal. */
  readonly behind: string
  /** Since when its next event fails; null while it does not. */
  readonly failingSince: Date | null
  /** When its next event is tried again; null while it does not fail, and where it is disabled. */
  readonly retryAt: Date | null
  /** The last error, or why it is disabled. */
  readonly reason: string | null
}

/** The state of a row of `work.webhooks` and how many positions it is behind, as SQL. */
export const webhookState = `case when disabled_at is not null and disabled_because = '${byOperator}' then 'stopped'
    when disabled_at is not null then 'disabled' when attempts > 0 then 'failing' else 'delivering' end`
export const webhookBehind =
  'greatest((select coalesce(max(position), 0) from log.events) - position, 0)'

/** All webhooks, by name; none where an older machinery is installed. */
export async function readWebhooks(on: Queryable): Promise<WebhookOverview[]> {
  const { rows } = await on.query(`select to_regclass('work.webhooks') is not null as there`)
  if (!rows[0]?.there) return []
  const found = await on.query<Omit<WebhookOverview, 'origin'> & { readonly url: string }>(
    `select name, url, ${webhookState} as state, position::text, ${webhookBehind}::text as behind,
       failing_since as "failingSince",
       case when attempts > 0 and disabled_at is null then due_at end as "retryAt",
       coalesce(last_error, disabled_because) as reason
     from work.webhooks order by name`,
  )
  return found.rows.map(({ url, ...webhook }) => ({ ...webhook, origin: originOf(url) }))
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ''
}

/** Metrics of webhooks, read from the database with those of `database-metrics.ts`. */

import type { Registry } from '@prometheus-io/client'
import { webhookBehind, webhookState } from '../webhooks/overview.ts'
import { gauge } from './instruments.ts'
import type { Part } from './part.ts'

const text = `
  select name as webhook, ${webhookState} as state, ${webhookBehind}::float8 as behind,
    coalesce(extract(epoch from clock_timestamp() - failing_since), 0)::float8 as seconds
  from work.webhooks`

/** How each endpoint is doing. The names are those that operators chose. */
export function webhooksPart(register: Registry): Part {
  const states = gauge(register, 'epistle_webhook_state', '1 for the state of a webhook', {
    labelNames: ['webhook', 'state'],
  })
  const behind = gauge(
    register,
    'epistle_webhook_positions_behind',
    'How many positions of the log a webhook has not passed',
    { labelNames: ['webhook'] },
  )
  const failing = gauge(
    register,
    'epistle_webhook_failing_seconds',
    'How long the next event of a webhook has failed',
    { labelNames: ['webhook'] },
  )
  const gauges = [states, behind, failing]
  const show: Part['show'] = (rows) => {
    for (const each of gauges) each.reset()
    for (const { webhook, state, behind: positions, seconds } of rows) {
      states.set({ webhook, state }, 1)
      behind.set({ webhook }, positions)
      failing.set({ webhook }, seconds)
    }
  }
  return { text, gauges, show }
}

/** A part of the metrics that are read from the database: a query, and the gauges that show its rows. */

import type { Gauge } from '@prometheus-io/client'

export interface Part {
  readonly text: string
  readonly gauges: readonly Pick<Gauge<string>, 'reset' | 'remove'>[]
  // biome-ignore lint/suspicious/noExplicitAny: rows of the query beside it
  readonly show: (rows: readonly any[]) => void
}

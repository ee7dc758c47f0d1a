/** Events in responses, and the parameters that all operations on the log share. */

import { z } from 'zod'
import { uuid } from '../../platform/http/strings.ts'
import { positionShape } from '../positions.ts'
import { mask, type PersonalColumns } from './masking.ts'
import type { LogRow } from './queries.ts'

export const personalParameter = z.enum(['masked', 'shown']).default('masked').meta({
  description:
    '`shown` also returns personal data. The request needs `Epistle-Actor`, and `GET /audit` lists it',
})

export const dataShape = z.record(z.string(), z.unknown()).meta({
  description: 'The columns of the event, without secrets; null in those of `masked`',
})

export const maskedShape = z.array(z.string()).meta({
  description: 'The personal columns whose values are not shown',
})

export const eventShape = z
  .strictObject({
    position: positionShape,
    id: uuid,
    type: z.string().meta({ example: 'user_registered_1' }),
    aggregate: z.string().meta({ example: 'user' }),
    streamId: uuid,
    version: z.int().meta({ description: 'In its stream, from 1' }),
    recordedAt: z.iso.datetime(),
    actor: z.string().nullable().meta({
      description: 'The id of the user whose command it was, or `operator:` and a name',
    }),
    requestId: z.string().nullable(),
    traceId: z.string().nullable(),
    causationId: z.string().nullable().meta({ description: 'The id of the event that caused it' }),
    data: dataShape,
    masked: maskedShape,
    void: z.boolean().meta({
      description: 'Whether the owner declared it void: a header whose row is missing',
    }),
  })
  .meta({ id: 'LogEvent' })

/** An event as responses contain it. */
export function toItem(event: LogRow, personal: PersonalColumns, shown: boolean) {
  const { position, id, type, aggregate, streamId, version, recordedAt, metadata, columns } = event
  const fact = (name: string) => {
    const value = metadata[name]
    return typeof value === 'string' ? value : null
  }
  return {
    ...{ position, id, type, aggregate, streamId, version, recordedAt: recordedAt.toISOString() },
    ...{ actor: fact('actor'), requestId: fact('requestId'), traceId: fact('traceId') },
    causationId: fact('causationId'),
    ...mask(columns ?? {}, personal.get(type), shown),
    void: columns === null,
  }
}

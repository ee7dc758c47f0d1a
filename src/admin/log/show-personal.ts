/** Records that an operator asked for personal data, before they are read. */

import type { FastifyRequest } from 'fastify'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { actorOf } from '../actor.ts'
import { beginAct, endAct } from '../acts/acts.ts'

type Asked = Pick<FastifyRequest, 'headers'> & {
  readonly query: { readonly personal: 'masked' | 'shown' }
}

/**
 * Whether the response may contain personal data. Throws `validation_failed` where they are asked for without the name
 * of the operator.
 */
export async function showsPersonal(
  on: Queryable,
  { headers, query }: Asked,
  subject: string | undefined,
): Promise<boolean> {
  const { personal, ...rest } = query
  if (personal !== 'shown') return false
  const act = { actor: actorOf({ headers }), act: 'show_personal', subject, arguments: rest }
  await endAct(on, await beginAct(on, act), { outcome: 'done' })
  return true
}

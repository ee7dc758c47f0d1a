/** Records that an operator asked for personal data, before the response shows them. */

import type { FastifyRequest } from 'fastify'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { actorOf } from '../actor.ts'
import { beginAct, endAct, type NewAct } from '../acts/acts.ts'

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
  await record(on, { actor: actorOf({ headers }), act: 'show_personal', subject, arguments: rest })
  return true
}

/**
 * Records a search by e-mail address, which shows whether someone has it: how many users it found, and the user if it
 * is one. The address is personal, so it is not recorded.
 */
export async function recordAddressSearch(
  on: Queryable,
  actor: string,
  found: readonly { readonly id: string }[],
): Promise<void> {
  const subject = found.length === 1 ? found[0]?.id : undefined
  await record(on, { actor, act: 'find_by_address', subject, arguments: { found: found.length } })
}

async function record(on: Queryable, act: NewAct): Promise<void> {
  await endAct(on, await beginAct(on, act), { outcome: 'done' })
}

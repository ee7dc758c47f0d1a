/** Responses and headers that many routes share. */

import type { FastifyReply } from 'fastify'

/** Sets `Epistle-Position`: the log position of the last event that the command appended. */
export function position(reply: FastifyReply, appended: { readonly position: string }): void {
  reply.header('Epistle-Position', appended.position)
}

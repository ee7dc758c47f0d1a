/** Responses and headers that many routes share. */

import type { FastifyReply } from 'fastify'

/** Responds 202 without a body: the request is accepted, and its outcome is not disclosed. */
export function accepted(reply: FastifyReply): void {
  reply.code(202).send()
}

/** Sets `Epistle-Position`: the log position of the last event that the command appended. */
export function position(reply: FastifyReply, appended: { readonly position: string }): void {
  reply.header('Epistle-Position', appended.position)
}

/** Parts of responses that many routes share. */

import type { FastifyReply } from 'fastify'

/** Answers 202, without a body: what was asked for is accepted, and nothing of its outcome known. */
export function accepted(reply: FastifyReply): void {
  reply.code(202).send()
}

/** Says up to which position of the log the caller's own command is recorded. */
export function position(reply: FastifyReply, appended: { readonly position: string }): void {
  reply.header('Epistle-Position', appended.position)
}

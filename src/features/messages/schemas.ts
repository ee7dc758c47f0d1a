/** The shape of a message in every response, and the limits of its content. */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { clientIdShown } from '../../platform/http/conventions/client-ids.ts'
import { etag } from '../../platform/http/conventions/etags.ts'
import { text, uuid } from '../../platform/http/strings.ts'
import type { PublicUser } from '../users/queries.ts'
import type { MessageRow } from './queries.ts'

/** The limits of a message's content, of a batch and of a question, as the schemas of requests check them. */
export const messageRules = {
  /** In code points. */
  maxLength: 10_000,
  maxBatchLength: 100,
  /** In code points. Longer than a useful question. Each message is compared with every word of it. */
  searchMaxLength: 200,
} as const

/** The longest content has 120,000 bytes: a character outside the BMP can be escaped as `\ud83d\udc4b`. */
export const messageBodyLimit = 128 * 1024

/** A full batch, 100 messages of 10,000 four-byte characters, would need 4 MiB; real ones do not. */
export const batchBodyLimit = 1024 * 1024

export const messageContent = text({ min: 1, max: messageRules.maxLength }).meta({
  example: 'Hello, Grace!',
})

/** The greatest integer of the database. */
const maxVersion = 2_147_483_647

export const messageShape = z
  .strictObject({
    id: uuid,
    from: uuid,
    to: uuid,
    content: z.string().nullable().meta({ description: 'Null if the message was deleted' }),
    sentAt: z.iso.datetime(),
    editedAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'Time of the last edit; absent if never edited' }),
    deletedAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'When the sender deleted the message; present on tombstones only' }),
    readAt: z.iso
      .datetime()
      .optional()
      .meta({ description: 'When the recipient read the message; only the sender sees it' }),
    position: z.string().meta({
      description:
        'The position of the message in the log, in decimal. Lists are in the order of this number',
      example: '42',
    }),
    version: z.int().min(1).max(maxVersion).meta({
      description:
        'The version for `If-Match`: 1 when sent, and one more after each edit and the deletion',
      example: 1,
    }),
    clientId: clientIdShown,
  })
  .meta({ id: 'Message' })

/**
 * The entity tag of a message as its reader sees it, with the names of `users` if they are part of the response.
 * A receipt or a new name is no event of the message, so it is a variant of the version.
 */
export function messageTag(
  { version, readAt }: Pick<MessageRow, 'version' | 'readAt'>,
  users: readonly PublicUser[] = [],
) {
  const names = users.map(({ id, username }) => `${id} ${username}`).join()
  const digest = names && createHash('sha256').update(names).digest('hex').slice(0, 16)
  const variant = [readAt === null ? '' : 'read', digest].filter(Boolean).join('_')
  return etag(version, variant || undefined)
}

/** `clientId`: of the request that the message answers or follows from, for the user who sent that. */
export function toMessage(row: MessageRow, clientId?: string): z.input<typeof messageShape> {
  const { id, from, to, content, sentAt, editedAt, deletedAt, readAt, position, version } = row
  return {
    id,
    from,
    to,
    content,
    sentAt,
    // Spread objects would cost a page of fifty messages 5 µs.
    editedAt: deletedAt ? undefined : (editedAt ?? undefined),
    deletedAt: deletedAt ?? undefined,
    readAt: readAt ?? undefined,
    position,
    version,
    clientId,
  }
}

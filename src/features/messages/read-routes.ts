/** Reading messages over HTTP: a page of a box or of a search, and one message. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { principalOf } from '../../platform/http/authentication.ts'
import {
  newestCursor,
  type PagedList,
  pageOf,
  pageQuery,
  pageRequest,
  positionKey,
  toPage,
} from '../../platform/http/conventions/pages.ts'
import { byLength } from '../../platform/http/fair-reads.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { idParams, text, uuid } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import { findUsers } from '../users/queries.ts'
import { publicUserShape, toPublicUser } from '../users/schemas.ts'
import { findMessage, listMessages } from './queries.ts'
import { messageRules, messageShape, messageTag, toMessage } from './schemas.ts'
import { bounds, type SearchResult, searchMessages } from './search.ts'
import type { MessageDeps } from './send.ts'

/**
 * The names are added once for each person and only on request: joined with every message, they would cost a page
 * 40 % more of the database's time.
 */
const messagePage = pageOf(messageShape).extend({
  newestCursor: z.string().meta({
    description:
      'Pass it as `after` to get the messages that are newer than those of this page. Present on an empty page, too',
  }),
  users: z.array(publicUserShape).optional().meta({
    description: 'With `include=users`: the users who sent or received the messages of this page',
  }),
})

const messageWithUsers = messageShape
  .extend({
    users: z.array(publicUserShape).optional().meta({
      description: 'With `include=users`: the sender and the recipient',
    }),
  })
  .meta({ id: 'MessageWithUsers' })

const include = z.literal('users').optional()

type People = Pick<z.input<typeof messageShape>, 'from' | 'to'>

/** The users who sent or received these messages, each once. */
async function usersOf(pool: Queryable, messages: readonly People[]) {
  const users = await findUsers(
    pool,
    messages.flatMap(({ from, to }) => [from, to]),
  )
  return users.map(toPublicUser)
}

/** Newest first, by the position of each message in the log. */
const mailbox: PagedList<string> = { kind: 'messages', key: positionKey, order: 'desc' }

export function readRoutes(app: App, deps: MessageDeps): void {
  listRoute(app, deps)
  getRoute(app, deps)
}

const mailboxQuery = pageQuery(mailbox, {
  box: z
    .enum(['inbox', 'sent'])
    .optional()
    .meta({ description: 'Only received or only sent messages; both if absent' }),
  with: uuid.optional().meta({ description: 'Only messages exchanged with this user' }),
  q: text({ min: 1, max: messageRules.searchMaxLength })
    .optional()
    .meta({
      description:
        'Only messages that contain all of these words, in any case. The last word can be the ' +
        'beginning of one; a space after it asks for the whole word. `or`, `-word` and ' +
        '"a phrase" work as in a web search. One request searches at most ' +
        `${bounds.messages.toLocaleString('en')} messages or half a megabyte of text. At that limit ` +
        'the page can be short or even empty; continue with `nextCursor`. Without `nextCursor`, ' +
        'all messages were searched',
      example: 'moth relay',
    }),
  include: include.meta({
    description: 'Adds `users`, with the username of each sender and recipient',
  }),
})

function listRoute(app: App, { pool }: MessageDeps): void {
  const schema = {
    operationId: 'listMessages',
    tags: ['messages'],
    summary: 'List or search your messages, newest first',
    querystring: mailboxQuery,
    response: { 200: messagePage },
  }
  const reads = (query: { q?: string; limit: number }) =>
    query.q === undefined ? byLength(query) : 'much'
  app.get('/messages', { schema, config: { reads } }, async (request) => {
    const { box, with: other, q } = request.query
    const page = pageRequest(mailbox, request.query)
    const filter = { userId: principalOf(request).userId, box, with: other }
    const { rows, searchedUpTo }: SearchResult =
      q === undefined
        ? { rows: await listMessages(pool, filter, page) }
        : await searchMessages(pool, filter, q, page)
    const found = toPage(
      mailbox,
      page,
      rows,
      (row) => row.position,
      (row) => toMessage(row),
      searchedUpTo,
    )
    const newest = newestCursor(mailbox, page, found.items, ({ position }) => position)
    const answer = { ...found, newestCursor: newest }
    return request.query.include ? { ...answer, users: await usersOf(pool, answer.items) } : answer
  })
}

function getRoute(app: App, { pool }: MessageDeps): void {
  const schema = {
    operationId: 'getMessage',
    tags: ['messages'],
    summary: 'Get a message you sent or received',
    params: idParams,
    querystring: z.strictObject({
      include: include.meta({
        description: 'Adds `users`, with the usernames of the sender and the recipient',
      }),
    }),
    response: { 200: messageWithUsers },
  }
  const config = { problems: ['not_found'], headers: ['ETag'] } as const
  app.get('/messages/:id', { schema, config }, async (request, reply) => {
    const message = await findMessage(pool, request.params.id, principalOf(request).userId)
    if (!message) throw new Problem('not_found')
    const users = request.query.include && (await usersOf(pool, [message]))
    reply.header('ETag', messageTag(message, users))
    return { ...toMessage(message), users }
  })
}

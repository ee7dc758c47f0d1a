// The walk with the types of openapi-typescript and its transport, openapi-fetch.
import createClient, { type Client } from 'openapi-fetch'
import type { paths } from '../../../openapi/types.ts'
import { type People, type Trace, unknownId } from './trace'

const must = <T>({ data, error }: { data?: T; error?: unknown }): T => {
  if (data === undefined) throw error
  return data
}

export async function walk(baseUrl: string, people: People): Promise<Trace> {
  const epistle = createClient<paths>({ baseUrl })
  const { name: username, email, password, otherName } = people
  const account = must(await epistle.POST('/users', { body: { email, username, password } }))
  if (!('id' in account)) throw new Error(account.next)
  const { token } = must(await epistle.POST('/sessions', { body: { email, password } }))
  epistle.use({
    onRequest: ({ request }) => request.headers.set('authorization', `Bearer ${token}`),
  })
  const byName = { params: { query: { username: otherName } } }
  const other = must(await epistle.GET('/users', byName)).items[0]
  const { position: after } = must(await epistle.GET('/events'))
  const written = await write(epistle, other?.id ?? '')
  const events = must(await epistle.GET('/events', { params: { query: { after } } })).items
  const conversations = must(await epistle.GET('/conversations')).items
  await epistle.DELETE('/sessions/current')
  const { error } = await epistle.GET('/users/me')
  return {
    registered: account.username,
    found: other?.username ?? null,
    ...written,
    events: events.flatMap((each) => (each.event === 'message_edited' ? [each.data.content] : [])),
    conversations: conversations.map((each) => each.with.username),
    afterLogout: error?.code,
  }
}

async function write(epistle: Client<paths>, to: string) {
  const sent = must(await epistle.POST('/messages', { body: { to, content: 'Hello' } }))
  const list = must(await epistle.GET('/messages', { params: { query: { box: 'sent' } } }))
  const edit = (version: number) =>
    epistle.PATCH('/messages/{id}', {
      params: { path: { id: sent.id }, header: { 'If-Match': `"${version}"` } },
      body: { content: 'Hello again' },
    })
  const edited = must(await edit(sent.version))
  const outdated = (await edit(sent.version)).error?.code
  const { error } = await epistle.POST('/messages', { body: { to: unknownId, content: 'Hello' } })
  // @ts-expect-error: no message is refused so
  if (error?.code === 'email_taken') throw error
  const refused = error?.code === 'recipient_unknown' ? error.errors?.[0]?.pointer : undefined
  return {
    listed: list.items.map(({ content }) => content),
    edited: edited.content,
    outdated,
    refused,
  }
}

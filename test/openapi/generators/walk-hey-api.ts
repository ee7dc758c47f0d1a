// The walk with the client of hey-api. The token depends on the scheme: the client would also send a plain one as the
// cookie, and the server refuses two tokens.
import { type People, type Trace, unknownId } from './trace'
import * as epistle from './written/hey-api'
import { type Client, createClient, createConfig } from './written/hey-api/client'

const must = <T>({ data, error }: { data: T | undefined; error: unknown }): T => {
  if (data === undefined) throw error
  return data
}

export async function walk(baseUrl: string, people: People): Promise<Trace> {
  let token: string | undefined
  const auth = ({ scheme }: { scheme?: string }) => (scheme === 'bearer' ? token : undefined)
  const client = createClient(createConfig({ baseUrl, auth }))
  const { name: username, email, password, otherName } = people
  const body = { email, username, password }
  const account = must(await epistle.registerUser({ client, body }))
  if (!('id' in account)) throw new Error(account.next)
  token = must(await epistle.logIn({ client, body: { email, password } })).token
  const [other] = must(await epistle.findUsers({ client, query: { username: otherName } })).items
  const { position: after } = must(await epistle.listEvents({ client }))
  const written = await write(client, other?.id ?? '')
  const events = must(await epistle.listEvents({ client, query: { after } })).items
  const conversations = must(await epistle.listConversations({ client })).items
  await epistle.logOut({ client })
  const { error } = await epistle.getOwnProfile({ client })
  return {
    registered: account.username,
    found: other?.username ?? null,
    ...written,
    events: events.flatMap((each) => (each.event === 'message_edited' ? [each.data.content] : [])),
    conversations: conversations.map((each) => each.with.username),
    afterLogout: error?.code,
  }
}

async function write(client: Client, to: string) {
  const sent = must(await epistle.sendMessage({ client, body: { to, content: 'Hello' } }))
  const list = must(await epistle.listMessages({ client, query: { box: 'sent' } }))
  const edit = (version: number) =>
    epistle.editMessage({
      client,
      path: { id: sent.id },
      headers: { 'If-Match': `"${version}"` },
      body: { content: 'Hello again' },
    })
  const edited = must(await edit(sent.version))
  const outdated = (await edit(sent.version)).error?.code
  const body = { to: unknownId, content: 'Hello' }
  const { error } = await epistle.sendMessage({ client, body })
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

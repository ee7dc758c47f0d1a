// The walk with the client of orval, which has the server's URL from its generation. The status of a response gives the
// type of its data.
import { type People, type Trace, unknownId } from './trace'
import * as epistle from './written/orval/operations'

export async function walk(_baseUrl: string, people: People): Promise<Trace> {
  const { name: username, email, password, otherName } = people
  const account = await epistle.registerUser({ email, username, password })
  if (account.status !== 201) throw account.data
  const login = await epistle.logIn({ email, password })
  if (login.status !== 201) throw login.data
  const options = { headers: { authorization: `Bearer ${login.data.token}` } }
  const users = await epistle.findUsers({ username: otherName }, undefined, options)
  if (users.status !== 200) throw users.data
  const [other] = users.data.items
  const before = await epistle.listEvents(undefined, undefined, options)
  if (before.status !== 200) throw before.data
  const written = await write(other?.id ?? '', options)
  const events = await epistle.listEvents({ after: before.data.position }, undefined, options)
  if (events.status !== 200) throw events.data
  const conversations = await epistle.listConversations(undefined, undefined, options)
  if (conversations.status !== 200) throw conversations.data
  await epistle.logOut(options)
  const after = await epistle.getOwnProfile(undefined, undefined, options)
  return {
    registered: account.data.username,
    found: other?.username ?? null,
    ...written,
    events: events.data.items.flatMap((each) =>
      each.event === 'message_edited' ? [each.data.content] : [],
    ),
    conversations: conversations.data.items.map((each) => each.with.username),
    afterLogout: after.status === 401 ? after.data.code : undefined,
  }
}

async function write(to: string, options: RequestInit) {
  const sent = await epistle.sendMessage({ to, content: 'Hello' }, undefined, options)
  if (sent.status !== 201) throw sent.data
  const { id, version } = sent.data
  const list = await epistle.listMessages({ box: 'sent' }, undefined, options)
  if (list.status !== 200) throw list.data
  const edit = () =>
    epistle.editMessage(id, { content: 'Hello again' }, { 'If-Match': `"${version}"` }, options)
  const edited = await edit()
  if (edited.status !== 200) throw edited.data
  const outdated = await edit()
  const { status, data } = await epistle.sendMessage(
    { to: unknownId, content: 'Hello' },
    undefined,
    options,
  )
  if (status !== 422) throw data
  // @ts-expect-error: no message is refused so
  if (data.code === 'email_taken') throw data
  return {
    listed: list.data.items.map(({ content }) => content),
    edited: edited.data.content,
    outdated: outdated.status === 412 ? outdated.data.code : undefined,
    refused: data.code === 'recipient_unknown' ? data.errors?.[0]?.pointer : undefined,
  }
}

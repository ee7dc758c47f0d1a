// The walk with the client of Kubb, over the transport in `kubb-fetch.ts`.
import type { RequestConfig } from './kubb-fetch'
import { type People, type Trace, unknownId } from './trace'
import * as epistle from './written/kubb'

type Config = Pick<RequestConfig, 'baseURL' | 'headers'>

export async function walk(baseURL: string, people: People): Promise<Trace> {
  const { name: username, email, password, otherName } = people
  const body = { email, username, password }
  const { data: account } = await epistle.registerUser({ data: body }, { baseURL })
  if (!('id' in account)) throw new Error(account.next)
  const { data: session } = await epistle.logIn({ data: { email, password } }, { baseURL })
  const config = { baseURL, headers: { authorization: `Bearer ${session.token}` } }
  const { data: users } = await epistle.findUsers({ params: { username: otherName } }, config)
  const [other] = users.items
  const { position: after } = (await epistle.listEvents({}, config)).data
  const written = await write(other?.id ?? '', config)
  const { data: events } = await epistle.listEvents({ params: { after } }, config)
  const { data: conversations } = await epistle.listConversations({}, config)
  await epistle.logOut(config)
  type Errors = epistle.GetOwnProfileQuery['Errors']
  const { code } = await problemOf<Errors>(epistle.getOwnProfile({}, config))
  return {
    registered: account.username,
    found: other?.username ?? null,
    ...written,
    events: events.items.flatMap((each) =>
      each.event === 'message_edited' ? [each.data.content] : [],
    ),
    conversations: conversations.items.map((each) => each.with.username),
    afterLogout: code,
  }
}

async function write(to: string, config: Config) {
  const { data: sent } = await epistle.sendMessage({ data: { to, content: 'Hello' } }, config)
  const { data: list } = await epistle.listMessages({ params: { box: 'sent' } }, config)
  const headers = { 'If-Match': `"${sent.version}"` }
  const change = { id: sent.id, data: { content: 'Hello again' }, headers }
  const { data: edited } = await epistle.editMessage(change, config)
  type EditErrors = epistle.EditMessageMutation['Errors']
  const outdated = await problemOf<EditErrors>(epistle.editMessage(change, config))
  type SendErrors = epistle.SendMessageMutation['Errors']
  const problem = await problemOf<SendErrors>(
    epistle.sendMessage({ data: { to: unknownId, content: 'Hello' } }, config),
  )
  // @ts-expect-error: no message is refused so
  if (problem.code === 'email_taken') throw problem
  const refused = problem.code === 'recipient_unknown' ? problem.errors?.[0]?.pointer : undefined
  return {
    listed: list.items.map(({ content }) => content),
    edited: edited.content,
    outdated: outdated.code,
    refused,
  }
}

async function problemOf<Problem>(request: Promise<unknown>): Promise<Problem> {
  try {
    await request
  } catch (problem) {
    return problem as Problem
  }
  throw new Error('the request was not refused')
}

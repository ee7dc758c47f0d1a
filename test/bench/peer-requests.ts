// The requests to the peers of the bench "peers". GraphQL operations are written once and take variables, so that
// a server can keep their plans.
import { content, oneOf } from './actor.ts'
import { type Person, post, some } from './people.ts'

const mutation = `mutation Send($src: UUID!, $dst: UUID!, $content: String!) {
  createMessage(input: {message: {srcId: $src, dstId: $dst, content: $content}}) {
    message { rowId sentAt position }
  }
}`
const query = `query Page($reader: UUID!) {
  page(reader: $reader) { nodes { rowId srcId dstId content sentAt position } }
}`

/** Mutations that insert a message between random people. */
export function mutations(people: readonly Person[]) {
  return some(people, ({ id: src }) => graphql(mutation, { src, dst: oneOf(people).id, content }))
}

/** Queries of the newest fifty messages of random people. */
export function pages(people: readonly Person[]) {
  return some(people, ({ id: reader }) => graphql(query, { reader }))
}

/** Messages between random people, as the bare route in front of Emmett takes them. */
export function plainPosts(people: readonly Person[]) {
  return some(people, ({ id: from }) => post('/messages', { from, to: oneOf(people).id, content }))
}

function graphql(query: string, variables: object) {
  return post('/graphql', { query, variables })
}

/** Checks one mutation and one page: GraphQL answers failures with status 200, too. */
export async function checkPeer(url: string, people: readonly Person[]): Promise<void> {
  const ask = async (requests: ReturnType<typeof mutations>) => {
    const [{ path = '', method = '', headers = {}, body = '' } = {}] = requests()
    const init = { method, headers: headers as Record<string, string>, body: String(body) }
    const text = await (await fetch(url + path, init)).text()
    return { text, data: JSON.parse(text).data }
  }
  const sent = await ask(mutations(people))
  const read = await ask(pages(people))
  if (!sent.data?.createMessage?.message?.rowId) throw new Error(`PostGraphile: ${sent.text}`)
  const length = read.data?.page?.nodes?.length
  if (length !== 50) throw new Error(`PostGraphile returned ${length} messages: ${read.text}`)
}

// `Epistle-Position`: of commands, and of every GET of the OpenAPI document that needs a session.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { served } from '../../support/http/served.ts'

const { arrive, send } = await served(t)

/** A stream has no single snapshot. */
const withoutPosition = ['/stream']

interface Document {
  readonly paths: Record<string, { readonly get?: { readonly security?: readonly object[] } }>
}
const document: Document = JSON.parse(
  await readFile(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8'),
)

t.test(
  'Each command returns its log position, and each query one that is no earlier',
  async (t) => {
    const kurt = await arrive('kurt')
    const positions: bigint[] = []
    for (const content of ['one', 'two', 'three']) {
      const { response } = await kurt.client.POST('/messages', {
        body: { to: kurt.user.id, content },
      })
      positions.push(BigInt(response.headers.get('epistle-position') ?? '0'))
    }
    t.ok(positions.every((position, index) => position > (positions[index - 1] ?? 0n)))
    const last = positions.at(-1) ?? 0n
    const { id, username } = kurt.user
    const message = (await kurt.client.GET('/messages')).data?.items[0]?.id
    const examples: Record<string, string> = {
      '/users': `/users?username=${username}`,
      '/users/{id}': `/users/${id}`,
      '/messages/{id}': `/messages/${message}`,
      '/conversations/{userId}': `/conversations/${id}`,
    }
    const queries = Object.entries(document.paths).flatMap(([path, { get }]) =>
      get && get.security?.length !== 0 && !withoutPosition.includes(path) ? [path] : [],
    )
    t.ok(queries.length > 9, queries.join(' '))
    for (const path of [...queries, '/users/me?at=2026-11-01T00:00:00Z', `/blocks?limit=1`]) {
      const answer = await send(examples[path] ?? path, { token: kurt.token })
      t.ok(BigInt(answer.headers.get('epistle-position') ?? 0) >= last, path)
    }
  },
)

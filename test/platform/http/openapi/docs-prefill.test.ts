// The forms of /docs: what they contain before a login. docs-in-browser.test.ts executes each of them.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { prefill } from '../../../../src/platform/http/openapi/docs-prefill.ts'

interface Parameter {
  readonly name: string
  readonly required?: boolean
  readonly example?: unknown
  readonly schema?: { readonly example?: unknown }
}
interface Operation {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Record<string, { readonly example?: object }> }
}

const path = new URL('../../../../openapi/openapi.json', import.meta.url)
const { paths } = prefill(JSON.parse(await readFile(path, 'utf8'))) as {
  paths: Record<string, Record<string, Operation>>
}
const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
const bodyOf = (id: string) =>
  operations.find(({ operationId }) => operationId === id)?.requestBody?.content['application/json']

t.test('An optional parameter is empty, unless the operation needs one of several', async (t) => {
  const filled = operations.flatMap(({ operationId, parameters = [] }) =>
    parameters
      .filter(({ required, example, schema }) => !required && (example ?? schema?.example))
      .map(({ name }) => `${operationId} ${name}`),
  )
  t.same(filled, ['findUsers username'])
})

t.test('A body has an example of each required member, and of no other', async (t) => {
  const login = { email: 'alan@example.com', password: 'can machines think' }
  t.same(bodyOf('logIn')?.example, login, 'the user of the walk in openapi/README.md logs in')
  t.same(Object.keys(bodyOf('registerUser')?.example ?? {}), ['email', 'username', 'password'])
  t.same(Object.keys(bodyOf('sendMessage')?.example ?? {}), ['to', 'content'])
  t.match(bodyOf('sendMessages')?.example, { messages: [{ content: /./ }] })
  t.match(bodyOf('changePassword')?.example, { newPassword: login.password })
})

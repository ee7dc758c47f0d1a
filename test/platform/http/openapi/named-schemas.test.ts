// The names that bodies get in the OpenAPI document.
import t from 'tap'
import { type Bodies, nameBodies } from '../../../../src/platform/http/openapi/named-schemas.ts'

t.test('Two bodies never share a name, and a response must have one', (t) => {
  const operation = (type: string, of: 'requestBody' | 'response') => {
    const schema = { type: 'object', properties: { id: { type } } }
    const body = { content: { 'application/json': { schema } } }
    const responses: Bodies['responses'] = of === 'response' ? { 200: body } : {}
    return { operationId: 'same', responses, ...(of === 'requestBody' && { requestBody: body }) }
  }
  const requests = [operation('string', 'requestBody'), operation('integer', 'requestBody')]
  t.throws(() => nameBodies(requests, {}), { message: 'two schemas are named SameRequest' })
  t.throws(() => nameBodies([operation('string', 'response')], {}), {
    message: 'a response has no name: add meta({ id }) to its schema',
  })
  t.end()
})

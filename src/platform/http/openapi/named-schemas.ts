/**
 * Gives the bodies of requests and responses names in the OpenAPI document. A generator of clients names an inline
 * schema itself, each in its own way, or not at all.
 *
 * The body of a request has the name of its operation: `LogInRequest`. A page of items named `Message` is a
 * `MessagePage`. The schema of any other response names itself, with `meta({ id })`: generators use names such as
 * `LogInResponse` for types of their own. A schema with a name of its own keeps it.
 */

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly properties?: Record<string, Schema>
  readonly items?: Schema
}

/** A request or a response, by media type. */
export interface Content {
  readonly content?: Record<string, { schema?: Schema }>
}

/** The parts of an operation that have bodies. */
export interface Bodies {
  readonly operationId?: string
  readonly requestBody?: Content
  readonly responses: Record<string, Content>
}

/**
 * Moves the inline JSON schemas of these operations to `schemas`, the components. Throws if a response has no name,
 * and if two bodies would get one name but differ.
 */
export function nameBodies(operations: readonly Bodies[], schemas: Record<string, unknown>): void {
  const move = (content: Content | undefined, toName: (schema: Schema) => string | undefined) => {
    const media = content?.content?.['application/json']
    if (media?.schema?.type !== 'object') return
    const name = toName(media.schema)
    if (name === undefined)
      throw new Error('a response has no name: add meta({ id }) to its schema')
    const [given, known] = [JSON.stringify(media.schema), JSON.stringify(schemas[name])]
    if (known !== undefined && known !== given) throw new Error(`two schemas are named ${name}`)
    schemas[name] = media.schema
    media.schema = { $ref: `#/components/schemas/${name}` }
  }
  for (const { operationId = '', requestBody, responses } of operations) {
    const Operation = operationId.charAt(0).toUpperCase() + operationId.slice(1)
    move(requestBody, () => `${Operation}Request`)
    for (const [status, response] of Object.entries(responses)) {
      if (status.startsWith('2')) move(response, pageName)
    }
  }
}

/** The name of a page, if this is one and its items have a name. */
function pageName({ properties = {} }: Schema): string | undefined {
  const item = properties.nextCursor && properties.items?.items?.$ref
  return item && `${item.slice(item.lastIndexOf('/') + 1)}Page`
}

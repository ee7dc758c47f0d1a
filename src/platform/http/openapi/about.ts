/** What an OpenAPI document states about its API as a whole. The public port and the admin port have one each. */

import type { FastifyContextConfig, RouteOptions } from 'fastify'
import type { ProblemCode } from '../problems/catalogue.ts'

interface Tag {
  readonly name: string
  readonly description: string
}

export interface About {
  readonly title: string
  readonly version: string
  readonly description: string
  readonly tags: readonly Tag[]
  readonly securitySchemes: Readonly<Record<string, object>>
  /** The names of the schemes of which a route needs one; none for a route that needs no credentials. */
  readonly schemesOf: (config: FastifyContextConfig) => readonly string[]
  /** The problems of every route of this kind, without those that follow from the schemas of its requests. */
  readonly problemsOf: (route: RouteOptions) => readonly ProblemCode[]
}

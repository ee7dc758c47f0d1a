/**
 * Rejects query strings that are not percent-encoded UTF-8. The router's parser would pass on their
 * raw text as values.
 *
 * Routes define their parameters in their schemas. A route without such a schema rejects every one.
 */

import { z } from 'zod'
import type { App } from './app.ts'
import { isDecodable, notPercentEncoded } from './message-syntax.ts'
import type { FieldError } from './problems/field-faults.ts'
import { Problem } from './problems/problem.ts'
import { firstErrors, shorten } from './problems/validation-errors.ts'

const noParameters = z.strictObject({})

/**
 * Makes every operation without a query schema reject all query parameters. Routes that are not
 * operations of the API, such as the files of the docs, ignore them.
 */
export function rejectUndeclaredParameters(app: App): void {
  app.addHook('onRoute', (route) => {
    const { operationId, querystring } = route.schema ?? {}
    if (!operationId || querystring) return
    route.schema = { ...route.schema, querystring: noParameters }
  })
}

/** Checks every query string after authentication and before validation. */
export function rejectUndecodableQueries(app: App): void {
  app.addHook('preValidation', ({ url }, _reply, done) => {
    const start = url.indexOf('?')
    if (start < 0 || isDecodable(url)) return done()
    const errors = firstErrors(undecodable(url.slice(start + 1)))
    done(new Problem('validation_failed', { errors }))
  })
}

function* undecodable(query: string): Generator<FieldError> {
  for (const parameter of query.split('&')) {
    if (isDecodable(parameter)) continue
    const [name = ''] = parameter.split('=', 1)
    yield { parameter: shorten(name), ...notPercentEncoded }
  }
}

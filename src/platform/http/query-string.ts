/**
 * Query strings that are no percent-encoded UTF-8 are refused; the router's parser would hand their
 * raw text on as if it were meant. What the parameters may be is in the routes' schemas; a route
 * whose schema says nothing of them has none, and refuses any.
 */

import { z } from 'zod'
import type { App } from './app.ts'
import { Problem, type ValidationError } from './problems/problem.ts'
import { firstErrors, shorten } from './problems/validation-errors.ts'

const noParameters = z.strictObject({})

/**
 * Makes every route of the interface that names no query parameters refuse any. Pages that no
 * operation stands for, such as the documentation's files, take what they are given.
 */
export function refuseUnnamedParameters(app: App): void {
  app.addHook('onRoute', (route) => {
    const { operationId, querystring } = route.schema ?? {}
    if (!operationId || querystring) return
    route.schema = { ...route.schema, querystring: noParameters }
  })
}

/** Checks every query string after the caller is known, and before its parameters are validated. */
export function checkQueries(app: App): void {
  app.addHook('preValidation', ({ url }, _reply, done) => {
    const start = url.indexOf('?')
    if (start < 0 || isDecodable(url)) return done()
    const errors = firstErrors(undecodable(url.slice(start + 1)))
    done(new Problem('validation_failed', { errors }))
  })
}

function* undecodable(query: string): Generator<ValidationError> {
  for (const parameter of query.split('&')) {
    if (isDecodable(parameter)) continue
    const [name = ''] = parameter.split('=', 1)
    yield { parameter: shorten(name), message: 'is not percent-encoded UTF-8' }
  }
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

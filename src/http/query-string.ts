/**
 * Query strings that are no percent-encoded UTF-8 are refused; the router's parser would hand their
 * raw text on as if it were meant. What the parameters may be is in the routes' schemas.
 */

import { type Fault, Problem } from './problems.ts'
import type { App } from './server.ts'

/** Checks every query string after the caller is known, and before its parameters are validated. */
export function checkQueries(app: App): void {
  app.addHook('preValidation', ({ url }, _reply, done) => {
    const start = url.indexOf('?')
    if (start < 0 || isDecodable(url)) return done()
    const errors = url
      .slice(start + 1)
      .split('&')
      .filter((parameter) => !isDecodable(parameter))
      .map((parameter): Fault => {
        const [name = ''] = parameter.split('=', 1)
        return { parameter: name, message: 'is not percent-encoded UTF-8' }
      })
    done(new Problem('validation_failed', { errors }))
  })
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/**
 * The cookie belongs to the whole browser. After one tab has logged in or out, the streams of all others would go on
 * for another user. So their shared stream ends, as it does with a session.
 */

import type { Middleware } from 'openapi-fetch'
import type { Authentication } from './authentication.ts'
import { thisBrowser } from './browser.ts'
import type { Problem } from './errors.ts'
import { endInAllTabs } from './shared-stream.ts'
import { streamName } from './stream-name.ts'

/** The operations that replace or delete the cookie. */
const changing = new Set(['POST /users', 'POST /sessions', 'DELETE /sessions/current'])

const ended: Problem = {
  type: '/problems/unauthenticated',
  title: 'A valid session is required',
  status: 401,
  code: 'unauthenticated',
  detail: 'The session of this browser has changed. Load the page again.',
}

/** Ends the streams of all tabs after an operation that changes the cookie. */
export function endStreamsOfOldCookie(
  baseUrl: string,
  authentication: () => Authentication,
): Middleware {
  return {
    async onResponse({ request, schemaPath, response }) {
      const isChange = response.ok && changing.has(`${request.method} ${schemaPath}`)
      if (!isChange || !authentication().cookie || !thisBrowser()) return
      endInAllTabs(await streamName(baseUrl, authentication()), ended)
    },
  }
}

/**
 * Client ids: a client names its request, and recognizes the events of the request on the streams of its user.
 * The event may arrive before the response does. The id is stored with the event, and no other user sees it.
 */

import { z } from 'zod'
import { text } from '../strings.ts'

/** In code points. */
export const MAX_CLIENT_ID_LENGTH = 64

const description =
  'A name that you choose for this request, such as the id of a message that you show already. The response, if it has ' +
  'a body, and the live updates of your own account repeat it; no other user sees it.'

/** The id in a request's body or query string. */
export const clientId = text({ min: 1, max: MAX_CLIENT_ID_LENGTH })
  .optional()
  .meta({ description, example: 'draft-1' })

/** The query string of a command without a body. */
export const clientIdQuery = z.strictObject({ clientId })

/** The id in a response or in a live update. */
export const clientIdShown = z.string().optional().meta({
  description:
    'The `clientId` of the request that caused this; only the user who sent the request sees it',
})

/** The events of a stream, as `follow` yields them. */

import type { components } from '../types.ts'

/**
 * An event of the user. Its `id` is a position of the log; `ready` names the one after which the events begin. A newer
 * server may send other events: ignore them, and keep their ids.
 */
export type StreamEvent = Extract<components['schemas']['StreamEvent'], { readonly id: string }>

/**
 * Published shapes: what other systems get of each event, as data beside the newest version of the event.
 *
 * Each member of an event is named with who may see it, so a new member is published or withheld by decision, never by
 * default: the compiler refuses a shape that leaves one out. Older versions of an event are cast to the newest, so a
 * type has one shape. A shape may gain members; none is removed or changes its meaning.
 */

import type { DomainEvent } from '../event-store/event.ts'

/**
 * The consumers that see a member: `open` is for every consumer; `personal` is data of a person, for consumers with that
 * scope; `withheld` is for none, such as the hash of a password or a token.
 */
export type Visibility = 'open' | 'personal' | 'withheld'

export interface PublishedShape {
  /** The aggregate whose stream the event belongs to. */
  readonly aggregate: string
  /** What happened, in one sentence. */
  readonly summary: string
  readonly members: Readonly<Record<string, Visibility>>
  /** The published names of members that have another name in the API than in the log. */
  readonly names: Readonly<Record<string, string>>
}

/** The shapes by the event table of the newest version. */
export type PublishedShapes = Readonly<Record<string, PublishedShape>>

/** Declares the shape of an event. */
export function publish<Event extends DomainEvent>(
  aggregate: string,
  summary: string,
  members: Readonly<Record<keyof Event['data'] & string, Visibility>>,
  names: Partial<Readonly<Record<keyof Event['data'] & string, string>>> = {},
): PublishedShape {
  return { aggregate, summary, members, names: names as Readonly<Record<string, string>> }
}

/** The name under which all versions of an event type are published: `user_registered_1` → `user_registered`. */
export function publishedType(table: string): string {
  return table.replace(/_\d+$/, '')
}

/** The release that introduced a version of an event type. */
export function versionOf(table: string): number {
  return Number(/\d+$/.exec(table)?.[0])
}

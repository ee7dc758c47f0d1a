/**
 * Positions of the log, which are decimal strings: they exceed what a JSON number can hold exactly. The ids of a
 * stream are positions, too.
 */

/** Whether the position `one` is later than `other`. */
export function isAfter(one: string, other: string): boolean {
  return BigInt(one) > BigInt(other)
}

export function isPosition(text: unknown): text is string {
  return typeof text === 'string' && /^\d{1,19}$/.test(text)
}

/** Remembers the greatest position that a client has seen, in a response or in a stream. */
export class Positions {
  /** The greatest position so far. */
  greatest: string | undefined

  note(position: string | null): void {
    if (!isPosition(position)) return
    if (this.greatest === undefined || isAfter(position, this.greatest)) this.greatest = position
  }

  /** Forgets a position that the log does not have. A smaller one that was seen since stays. */
  forget(position: string | null): void {
    if (this.greatest === position) this.greatest = undefined
  }
}

// What each walk does and returns, so that one test compares them all.

/** The people of a walk. The other one is registered already. */
export interface People {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly otherName: string
}

/** What a walk has seen. */
export interface Trace {
  readonly registered: string | null
  readonly found: string | null
  readonly listed: readonly (string | null)[]
  readonly edited: string | null
  /** The code of an edit with an outdated `If-Match`. */
  readonly outdated: string | undefined
  /** The field that a message to an unknown user is refused for. */
  readonly refused: string | undefined
  /** The contents of the edits among the events. */
  readonly events: readonly (string | null)[]
  readonly conversations: readonly (string | null)[]
  /** The code of a read after the logout. */
  readonly afterLogout: string | undefined
}

/** The id of no user. */
export const unknownId = '00000000-0000-4000-8000-000000000000'

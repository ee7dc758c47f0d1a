/** The standbys that a server reads from, and which of them answers a request. */

import type { Standby } from './standby.ts'

export interface Standbys {
  readonly all: readonly Standby[]
  /** A standby for a response that has to show a position; undefined if the primary server has to answer. */
  choose(position: bigint): Standby | undefined
}

/** Those that have shown the position take turns. If none has, the one that has come furthest gets a try. */
export function createStandbys(all: readonly Standby[]): Standbys {
  let turn = 0
  const choose = (position: bigint) => {
    const possible = all.filter((standby) => standby.mayShow(position))
    const sure = possible.filter(({ shown }) => shown >= position)
    turn += 1
    if (sure.length > 0) return sure[turn % sure.length]
    return possible.toSorted((a, b) => (a.shown < b.shown ? 1 : -1))[0]
  }
  return { all, choose }
}

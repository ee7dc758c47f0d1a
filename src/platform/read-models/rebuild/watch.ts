/** Watches maintenance: how far it is, and when it must not be ended. */

export type Unit = 'positions' | 'rows' | 'tables'

export interface Watch {
  /** `done` of `total` of the step that runs: positions of the log are replayed, rows replaced, or tables changed. */
  progress(done: number, total: number, unit: Unit): void
  /**
   * Called before rows of the live table are replaced. If it throws, none is replaced. From then on until
   * `endReplacing`, the rebuild should not be ended.
   */
  beginReplacing(): Promise<void>
  endReplacing(): Promise<void>
}

/** Watches nothing. */
export const unwatched: Watch = {
  progress: () => undefined,
  beginReplacing: async () => undefined,
  endReplacing: async () => undefined,
}

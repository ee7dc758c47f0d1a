/**
 * Rounds of shared work: all items that wait share one round, and one round runs at a time. Items that are added while a
 * round runs go into the next one, because the running round can have begun too early for them.
 */

export class Rounds<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<Result>
  /** Resolves when the last planned round has ended. */
  #over: Promise<unknown> = Promise.resolve()
  #next: { readonly items: Item[]; readonly result: Promise<Result> } | undefined

  /** `run` carries out a round for all of its items. */
  constructor(run: (items: readonly Item[]) => Promise<Result>) {
    this.#run = run
  }

  /** Adds items to the next round. Returns what the round returns, and throws what it throws. */
  join(...items: readonly Item[]): Promise<Result> {
    this.#next ??= this.#plan()
    this.#next.items.push(...items)
    return this.#next.result
  }

  #plan() {
    const items: Item[] = []
    const result = this.#over.then(() => {
      this.#next = undefined
      return this.#run(items)
    })
    this.#over = result.catch(() => undefined)
    return { items, result }
  }
}

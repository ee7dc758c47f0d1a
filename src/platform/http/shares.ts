/**
 * How much of something scarce each owner takes, such as connections, streams or bytes in memory. When it
 * runs out, the owner with the largest share gives up its oldest item, so one owner cannot exclude the others.
 */

interface Share<Item> {
  /** The amount of each item, in the order in which the items were added. */
  readonly items: Map<Item, number>
  size: number
}

export class Shares<Item> {
  readonly #shares = new Map<string, Share<Item>>()
  #size = 0

  /** The sum of all amounts. */
  get size(): number {
    return this.#size
  }

  /** The sum of the amounts of an owner. */
  sizeOf(owner: string): number {
    return this.#shares.get(owner)?.size ?? 0
  }

  /** The items of an owner, oldest first. */
  itemsOf(owner: string): Item[] {
    return [...(this.#shares.get(owner)?.items.keys() ?? [])]
  }

  /** Sets the amount of an item, which keeps its age. */
  set(owner: string, item: Item, amount: number): void {
    const share = this.#shares.get(owner) ?? this.#add(owner)
    const added = amount - (share.items.get(item) ?? 0)
    share.items.set(item, amount)
    share.size += added
    this.#size += added
  }

  #add(owner: string): Share<Item> {
    const share = { items: new Map<Item, number>(), size: 0 }
    this.#shares.set(owner, share)
    return share
  }

  /** Removes an item, if it is there. */
  delete(owner: string, item: Item): void {
    const share = this.#shares.get(owner)
    const amount = share?.items.get(item)
    if (!share || amount === undefined) return
    share.items.delete(item)
    share.size -= amount
    this.#size -= amount
    if (share.items.size === 0) this.#shares.delete(owner)
  }

  /** The oldest item of an owner. */
  oldestOf(owner: string): Item | undefined {
    return this.#shares.get(owner)?.items.keys().next().value
  }

  /**
   * The item that gives way to a new one of `owner`, if each has the amount 1: the oldest of the largest share.
   * Undefined if that share would then be smaller than the one of `owner`.
   */
  toMakeRoomFor(owner: string): Item | undefined {
    const largest = this.largest()
    if (largest === undefined || this.sizeOf(largest) <= this.sizeOf(owner) + 1) return undefined
    return this.oldestOf(largest)
  }

  /** The owner of the largest share. */
  largest(): string | undefined {
    let largest: string | undefined
    for (const [owner, { size }] of this.#shares) {
      if (largest === undefined || size > this.sizeOf(largest)) largest = owner
    }
    return largest
  }
}

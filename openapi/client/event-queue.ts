/** Events on their way from where they arrive to the loop that reads them. */

export class EventQueue<Event> {
  readonly #waiting: Event[] = []
  #isOver = false
  #error: unknown
  #wake: () => void = () => undefined

  push(event: Event): void {
    if (!this.#isOver) this.#waiting.push(event)
    this.#wake()
  }

  /** Ends the queue: what waits is still read, then `error` is thrown if there is one. */
  end(error?: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    this.#wake()
  }

  async *read(): AsyncGenerator<Event, void> {
    for (;;) {
      const event = this.#waiting.shift()
      if (event !== undefined) yield event
      else if (!this.#isOver) await this.#next()
      else if (this.#error !== undefined) throw this.#error
      else return
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

/**
 * Elects one of all tabs by a Web Lock, which the browser releases when a tab closes or crashes. A tab that the browser
 * freezes gives its lock back before, because it could not lead any longer.
 */

import type { Browser } from './browser.ts'

export interface ElectionOptions {
  readonly browser: Browser
  /** The same in all tabs that elect one of them. */
  readonly name: string
  /** Called in the elected tab, which leads until the signal is aborted. */
  readonly lead: (signal: AbortSignal) => void
  /** Called when the tab takes part again after it was frozen. */
  readonly onReturn: () => void
}

export class Election {
  readonly #options: ElectionOptions
  readonly #closed = new AbortController()
  #candidacy: AbortController | undefined

  constructor(options: ElectionOptions) {
    this.#options = options
    const { document, window } = options.browser
    const { signal } = this.#closed
    const leave = () => this.#withdraw()
    const comeBack = () => {
      if (this.#candidacy) return
      this.#stand({})
      options.onReturn()
    }
    document.addEventListener('freeze', leave, { signal })
    document.addEventListener('resume', comeBack, { signal })
    window.addEventListener('pagehide', leave, { signal })
    window.addEventListener('pageshow', comeBack, { signal })
    this.#stand({})
  }

  /** Leads from now on, in place of a tab that no longer answers. */
  takeOver(): void {
    this.#stand({ steal: true })
  }

  close(): void {
    this.#closed.abort()
    this.#withdraw()
  }

  #withdraw(): void {
    this.#candidacy?.abort()
    this.#candidacy = undefined
  }

  #stand({ steal = false }): void {
    this.#withdraw()
    const candidacy = new AbortController()
    this.#candidacy = candidacy
    const { browser, name, lead } = this.#options
    const { signal } = candidacy
    const hold = () => {
      if (signal.aborted) return undefined
      lead(signal)
      return new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      )
    }
    browser.locks.request(name, steal ? { steal } : { signal }, hold).catch(() => {
      // Another tab has taken the lock over, unless this one has withdrawn.
      if (!signal.aborted) this.#stand({})
    })
  }
}

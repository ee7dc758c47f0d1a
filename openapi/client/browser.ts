/** The parts of a browser that tabs need to share a stream. They are absent from Node, and from pages without TLS. */

/** Web Locks, shared by all pages of an origin. */
export interface Locks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    hold: () => Promise<void> | undefined,
  ): Promise<unknown>
}

export interface Browser {
  readonly locks: Locks
  readonly document: EventTarget & { readonly visibilityState: string }
  /** Gets the events of the page's own life: `pagehide` and `pageshow`. */
  readonly window: EventTarget
}

/** The browser in which this code runs; undefined elsewhere. */
export function thisBrowser(): Browser | undefined {
  const { document, navigator } = globalThis as unknown as Partial<Browser> & {
    readonly navigator?: { readonly locks?: Locks }
  }
  if (!document || !navigator?.locks || typeof BroadcastChannel === 'undefined') return undefined
  return { locks: navigator.locks, document, window: globalThis as unknown as EventTarget }
}

/** Gets `online` when the browser has a connection again; undefined in Node. */
export function thisWindow(): EventTarget | undefined {
  return 'addEventListener' in globalThis ? (globalThis as unknown as EventTarget) : undefined
}

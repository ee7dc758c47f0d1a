/** Closing what a server, a worker or a command has opened, exactly once. */

/**
 * A function that closes everything on the stack, in reverse order. Every call returns the same promise; a second
 * `disposeAsync` would resolve before the first has finished.
 */
export function closeOnce(opened: AsyncDisposableStack): () => Promise<void> {
  let closed: Promise<void> | undefined
  return () => {
    closed ??= opened.disposeAsync()
    return closed
  }
}

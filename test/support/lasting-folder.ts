// A folder for what a server or worker of a test writes. It lasts until these have ended.

/** What tap's test offers for it. */
interface WithFolder {
  teardown(end: () => void): void
  testdir(): string
}

/**
 * tap removes the folder of a test after the teardowns, but only if one of them was registered before the folder was
 * made. Otherwise it is removed first, and fails where a worker that still runs writes an e-mail at that moment.
 */
export function lastingFolder(t: WithFolder): string {
  t.teardown(() => undefined)
  return t.testdir()
}

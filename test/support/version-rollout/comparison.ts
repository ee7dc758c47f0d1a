// What the clients of all running servers see: the same data of a user through each. A newer version may add
// members to a response; all that the older one has must be the same. Nothing is written meanwhile.
import type { Member } from './fleet.ts'
import type { User } from './follower.ts'

/** What is compared: a user's own data, and pages of lists. */
const paths = [
  '/users/me',
  '/users/me/history?limit=100',
  '/sessions?limit=100',
  '/blocks?limit=100',
  '/conversations?limit=100',
  '/messages?limit=100',
  '/messages?box=sent&limit=100',
  '/messages?q=caller&limit=20',
]

/** Differences between the responses of the first server and those of each other, for some users. */
export async function differentViews(
  members: readonly Member[],
  users: readonly User[],
): Promise<string[]> {
  const [first, ...others] = [...members].sort((one, other) =>
    one.version.localeCompare(other.version),
  )
  if (!first) return []
  const found: string[] = []
  for (const user of users) {
    for (const path of paths) {
      const expected = await read(first, user, path)
      for (const other of others) {
        const what = `${path} of ${user.id} through ${first.version} and ${other.version}`
        const actual = await read(other, user, path)
        found.push(...compare(expected, actual, what))
        // A cursor of either version leads to the same next page through the other.
        const next = nextPage(path, expected)
        if (next)
          found.push(...compare(await read(first, user, next), await read(other, user, next), what))
      }
    }
  }
  return found
}

async function read({ url, version }: Member, { token }: User, path: string): Promise<unknown> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
  const body = await response.json()
  if (response.status !== 200)
    throw new Error(`GET ${path} through ${version}: ${response.status} ${JSON.stringify(body)}`)
  return body
}

function nextPage(path: string, body: unknown): string | undefined {
  const { nextCursor } = body as { nextCursor?: string }
  return nextCursor && `${path}&before=${encodeURIComponent(nextCursor)}`
}

/** Members and elements of `expected` that `actual` has otherwise or lacks. Cursors may be encoded otherwise. */
function compare(expected: unknown, actual: unknown, what: string): string[] {
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || !actual) {
    return expected === actual
      ? []
      : [`${what}: ${JSON.stringify(expected)} and ${JSON.stringify(actual)}`]
  }
  if (Array.isArray(expected) && expected.length !== (actual as unknown[]).length) {
    return [`${what}: ${expected.length} and ${(actual as unknown[]).length} elements`]
  }
  return Object.entries(expected)
    .filter(([name]) => name !== 'nextCursor' && name !== 'previousCursor')
    .flatMap(([name, value]) =>
      compare(value, (actual as Record<string, unknown>)[name], `${what}, ${name}`),
    )
}

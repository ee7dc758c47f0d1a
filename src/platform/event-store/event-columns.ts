/**
 * Between the domain's camelCase and the columns' snake_case: the only place that knows both.
 * Keys alone are translated; values stay as they are. There are as many keys as events have members, so
 * that each is translated once.
 */

/** `{ passwordHash }` → `{ password_hash }` */
export function toColumns(data: object): Record<string, unknown> {
  return renameKeys(data, columnOf)
}

/** `{ password_hash }` → `{ passwordHash }` */
export function toData(columns: object): Record<string, unknown> {
  return renameKeys(columns, memberOf)
}

const columnOf = remembered((key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
const memberOf = remembered((key) =>
  key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
)

function remembered(translate: (key: string) => string): (key: string) => string {
  const known = new Map<string, string>()
  return (key) => {
    const before = known.get(key)
    if (before !== undefined) return before
    const translated = translate(key)
    known.set(key, translated)
    return translated
  }
}

function renameKeys(object: object, rename: (key: string) => string): Record<string, unknown> {
  const renamed: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(object)) renamed[rename(key)] = value
  return renamed
}

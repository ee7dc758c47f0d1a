/**
 * Translates keys between the domain's camelCase and the columns' snake_case; values stay as they are. Only
 * a few distinct keys exist, so each translation is cached.
 */

/** `{ passwordHash }` → `{ password_hash }` */
export function toColumns(data: object): Record<string, unknown> {
  return renameKeys(data, columnOf)
}

/** `{ password_hash }` → `{ passwordHash }` */
export function toData(columns: object): Record<string, unknown> {
  return renameKeys(columns, memberOf)
}

const columnOf = cached((key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
const memberOf = cached((key) =>
  key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
)

function cached(translate: (key: string) => string): (key: string) => string {
  const cache = new Map<string, string>()
  return (key) => {
    const found = cache.get(key)
    if (found !== undefined) return found
    const translated = translate(key)
    cache.set(key, translated)
    return translated
  }
}

function renameKeys(object: object, rename: (key: string) => string): Record<string, unknown> {
  const renamed: Record<string, unknown> = {}
  for (const key of Object.keys(object)) renamed[rename(key)] = object[key as keyof typeof object]
  return renamed
}

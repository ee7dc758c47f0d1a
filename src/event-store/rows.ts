/**
 * Between the domain's camelCase and the columns' snake_case: the only place that knows both.
 * Keys alone are translated; values stay as they are.
 */

/** `{ passwordHash }` → `{ password_hash }` */
export function toColumns(data: object): Record<string, unknown> {
  return renameKeys(data, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
}

/** `{ password_hash }` → `{ passwordHash }` */
export function toData(columns: object): Record<string, unknown> {
  return renameKeys(columns, (key) =>
    key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  )
}

function renameKeys(object: object, rename: (key: string) => string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value]))
}

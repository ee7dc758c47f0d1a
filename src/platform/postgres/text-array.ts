/** Arrays as PostgreSQL reads them, in its text format. */

/** Quotes and backslashes are escaped. */
export function textArray(values: readonly (string | null)[]): string {
  const elements = values.map((value) =>
    value === null ? 'null' : `"${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`,
  )
  return `{${elements.join()}}`
}

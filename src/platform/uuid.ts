/** UUIDs as text: the ids that people type and paste. */

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether it is a UUID with hyphens, in upper or lower case. PostgreSQL writes it in lower case. */
export function isUuid(text: string): boolean {
  return uuid.test(text)
}

/**
 * Secret columns: those whose values are shown to no operator and copied nowhere. They are known by their names or
 * their type, so no table of a later release has to be added here.
 */

const secret = /hash|token|password|secret/i

/** Whether no response may contain the column or member of this name. */
export function isSecret(name: string): boolean {
  return secret.test(name)
}

/** Whether no response may contain a column of a table. Hashes of tokens are `bytea`. */
export function isSecretColumn({ name, type }: { name: string; type: string }): boolean {
  return isSecret(name) || type === 'bytea'
}

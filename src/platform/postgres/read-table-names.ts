/**
 * The names of the read tables that a feature's queries use. The compiler checks that the list is
 * complete, so a server takes a lease on every table that it reads.
 */

type ReadTableName<Tables> = {
  [Table in keyof Tables]: Table extends `read.${infer Name}` ? Name : never
}[keyof Tables]

/** The names, without schema. Each read table in `Tables` must be listed, and no other. */
export function readTableNames<Tables>(
  names: Record<ReadTableName<Tables>, true>,
): readonly string[] {
  return Object.keys(names)
}

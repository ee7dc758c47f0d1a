/**
 * Cursors of a comparison. A page comes after a primary key, so rows that are added meanwhile do not move it. A key that
 * could be personal must not be in a cursor, so pages of such a table come after a number of rows.
 */

import { DatabaseError } from 'pg'
import type { Fault } from '../../platform/http/problems/field-faults.ts'
import { validationFailed } from '../../platform/http/problems/problem.ts'
import type { ComparedRow } from '../../platform/read-models/replay/rows-as-of.ts'
import type { Column } from './rows.ts'

/** What comes before a page. */
export interface Place {
  readonly offset: number
  /** A primary key, each column as text. */
  readonly after: readonly string[] | undefined
}

const notACursor: Fault = {
  code: 'invalid_format',
  params: { format: 'cursor' },
  message: 'expected a nextCursor of this list',
}

/**
 * The place of a cursor; the first page without one. `key` are the columns of the primary key. Throws
 * `validation_failed`, also for a key that this list puts into no cursor: the rows after a value that the client
 * chooses would show, step by step, what is masked.
 */
export function placeOf(cursor: string | undefined, key: readonly Column[]): Place {
  if (cursor === undefined) return { offset: 0, after: undefined }
  if (/^\d{1,9}$/.test(cursor)) return { offset: Number(cursor), after: undefined }
  const after = isInCursors(key) ? decode(cursor) : undefined
  if (!Array.isArray(after) || after.length !== key.length) refuseCursor()
  if (!after.every((part) => typeof part === 'string')) refuseCursor()
  return { offset: 0, after }
}

/** The cursor of the page after a row. `key` are the columns of the primary key. */
export function cursorAfter(
  { key: values }: ComparedRow,
  key: readonly Column[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
): string {
  if (!isInCursors(key)) return `${offset + limit}`
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/** Whether no value of the key can be personal or a secret. */
function isInCursors(key: readonly Column[]): boolean {
  return key.every(({ isPlain }) => isPlain)
}

/** Throws `validation_failed` for the error that values of a cursor cause that have another type than the key. */
export function refuseForeignCursor(error: unknown): void {
  // Data exceptions, SQLSTATE class 22: nothing else of a request is cast.
  if (error instanceof DatabaseError && error.code?.startsWith('22')) refuseCursor()
}

function refuseCursor(): never {
  throw validationFailed({ parameter: 'before', ...notACursor })
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

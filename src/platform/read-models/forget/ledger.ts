/**
 * The ledger of erasures: a file outside of the database, which a restore does not take back. It has a line of JSON
 * for each erasure, with ids and times alone.
 */

import { open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { MaintenanceError } from '../errors.ts'

const ledgerLine = z.object({
  userId: z.uuid(),
  kept: z.array(z.literal('messages')),
  /** RFC 3339. */
  erasedAt: z.string(),
})

export type LedgerLine = Readonly<z.output<typeof ledgerLine>>

/** Adds a line, and returns when it is on the disk. A line that a crash cut off before it is ended first. */
export async function addToLedger(file: string, line: LedgerLine): Promise<void> {
  const handle = await open(file, 'a+')
  try {
    const { size } = await handle.stat()
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1))
    const start = size > 0 && buffer.toString() !== '\n' ? '\n' : ''
    await handle.appendFile(`${start}${JSON.stringify(line)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * The erasures of a ledger, each user once, in the order of the file. Leaves out a line that a crash cut off, since
 * its erasure did not happen. Throws MaintenanceError for any other line that is no erasure.
 */
export async function readLedger(file: string): Promise<LedgerLine[]> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  const users = new Map<string, LedgerLine>()
  for (const [n, text] of lines.entries()) {
    if (text === '' || (text.startsWith('{') && !text.endsWith('}'))) continue
    const line = parse(text)
    if (!line) throw new MaintenanceError(`line ${n + 1} of ${file} is no line of a ledger`)
    users.set(line.userId, line)
  }
  return [...users.values()]
}

function parse(text: string): LedgerLine | undefined {
  try {
    return ledgerLine.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

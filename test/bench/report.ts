// Report: results as Markdown, on stdout, and with --write in README.md between the bench's marks.
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { ClientBase } from 'pg'

const readme = join(import.meta.dirname, 'README.md')

/** A Markdown table; the first row is its head. */
export function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    `|${head.map((_, n) => (n === 0 ? '---' : '--:')).join('|')}|`,
    ...rows.map(line),
  ].join('\n')
}

/** What the numbers were measured on; nothing that tells which machine it was. */
export async function describeMachine(client: ClientBase): Promise<string> {
  const { rows } = await client.query(
    `select current_setting('server_version') as version, current_setting('shared_buffers') as buffers`,
  )
  const [{ version, buffers }] = rows
  const [cpu] = cpus()
  return [
    `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `PostgreSQL ${version.split(' ')[0]} with ${buffers === '128MB' ? '' : `shared_buffers of ${buffers}, otherwise `}default settings`,
    `Node ${process.versions.node}`,
  ].join(', ')
}

/** Prints a result; keeps it where `write` is set. */
export async function publish(bench: string, markdown: string, write: boolean): Promise<void> {
  process.stdout.write(`${markdown}\n`)
  if (!write) return
  const [begin, end] = [`<!-- ${bench} -->`, `<!-- end of ${bench} -->`]
  const text = await readFile(readme, 'utf8')
  const [before, rest] = text.split(begin)
  const [, after] = rest?.split(end) ?? []
  if (after === undefined) throw new Error(`README.md has no ${begin} … ${end} to write between`)
  await writeFile(readme, `${before}${begin}\n\n${markdown}\n\n${end}${after}`)
}

// Report: prints results as Markdown, and with --write also puts them between the bench's marks in README.md.
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { ClientBase } from 'pg'

const readme = join(import.meta.dirname, 'README.md')

/** Formats a Markdown table; the first row is its head. */
export function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    `|${head.map((_, n) => (n === 0 ? '---' : '--:')).join('|')}|`,
    ...rows.map(line),
  ].join('\n')
}

/** Describes the hardware and software of the measurement, without identifying the machine. */
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

/** Prints a result; writes it to README.md if `write` is set. */
export async function publish(bench: string, markdown: string, write: boolean): Promise<void> {
  process.stdout.write(`${markdown}\n`)
  if (!write) return
  const [begin, end] = [`<!-- ${bench} -->`, `<!-- end of ${bench} -->`]
  const text = await readFile(readme, 'utf8')
  const [before, rest] = text.split(begin)
  const [, after] = rest?.split(end) ?? []
  if (after === undefined) throw new Error(`README.md must contain the marks ${begin} and ${end}`)
  await writeFile(readme, `${before}${begin}\n\n${markdown}\n\n${end}${after}`)
}

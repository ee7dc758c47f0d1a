// Report: prints results as Markdown, and with --write also puts them between the bench's marks in README.md. Results
// on a chosen PostgreSQL have marks of their own, below those of the embedded one.
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { ClientBase } from 'pg'
import { givenMajor } from './given-server.ts'

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
  const major = givenMajor()
  const marked = (mark: string, text: string) =>
    `<!-- ${mark} -->\n\n${text}\n\n<!-- end of ${mark} -->`
  const end = `<!-- end of ${bench} -->`
  const mark = major ? `${bench}, PostgreSQL ${major}` : bench
  const text = await readFile(readme, 'utf8')
  if (!text.includes(end)) throw new Error(`README.md must contain the mark ${end}`)
  const place = text.includes(`<!-- ${mark} -->`)
    ? text
    : text.replace(end, () => `${end}\n\n${marked(mark, '')}`)
  const [before = '', rest = ''] = place.split(`<!-- ${mark} -->`)
  const [, after = ''] = rest.split(`<!-- end of ${mark} -->`)
  await writeFile(readme, `${before}${marked(mark, markdown)}${after}`)
}

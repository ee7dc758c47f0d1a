// Debian's Prometheus, which reads admin ports once a second and evaluates the rules of deploy/.
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'
import { lastingFolder } from './lasting-folder.ts'
import { checkout } from './markdown.ts'
import { start } from './service.ts'

export const rulesFile = join(checkout, 'deploy', 'prometheus', 'alerts.yml')

interface Rule {
  readonly name: string
  readonly query: string
  /** `ok` once it was evaluated without an error. */
  readonly health: string
  readonly state: string
}

/** Why tests are skipped; false where Prometheus is installed. */
export function whyWithoutPrometheus(): string | false {
  try {
    for (const name of ['prometheus', 'promtool'])
      execFileSync(name, ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    const reason = 'Prometheus is not installed; on Debian: apt-get install prometheus'
    process.stderr.write(`${reason}\n`)
    return reason
  }
}

/** Starts a Prometheus that reads these admin ports as the job `epistle`. */
export async function startPrometheus(t: Test, adminUrls: readonly string[]) {
  const [port, folder] = [await freePort(), lastingFolder(t)]
  const targets = adminUrls.map((url) => new URL(url).host)
  const file = join(folder, 'prometheus.yml')
  // JSON is YAML.
  const settings = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rulesFile],
    scrape_configs: [{ job_name: 'epistle', static_configs: [{ targets }] }],
  }
  await writeFile(file, JSON.stringify(settings))
  const data = `--storage.tsdb.path=${join(folder, 'data')}`
  const address = `--web.listen-address=127.0.0.1:${port}`
  const server = start(t, ['prometheus', `--config.file=${file}`, data, address])
  await server.said(/Server is ready/)
  // biome-ignore lint/suspicious/noExplicitAny: each path has another answer
  const get = async (path: string): Promise<any> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)
    const { status, error, data } = (await response.json()) as Record<string, unknown>
    if (status !== 'success') throw new Error(`${path}: ${error}`)
    return data
  }
  return {
    /** The number of series that an expression has now. Throws where it is wrong. */
    countOf: async (expression: string): Promise<number> =>
      (await get(`query?query=${encodeURIComponent(expression)}`)).result.length,
    rules: async (): Promise<Rule[]> =>
      (await get('rules')).groups.flatMap(({ rules }: { rules: Rule[] }) => rules),
    /** The names of all metrics, without the suffixes of histograms. */
    names: async (): Promise<Set<string>> => new Set(Object.keys(await get('metadata'))),
  }
}

// The servers of two versions on one database, each an `epistle serve` of its own code in an OS process. They
// join and leave as operators let them: they leave by SIGTERM.
import type { Finishing } from '../database.ts'
import { type Started, start } from '../service.ts'

/** Quick hashes, a free port, and no rate limits. */
const env = {
  PORT: '0',
  ARGON2_MEMORY_KIB: '1024',
  ARGON2_PASSES: '1',
  RATE_LIMITS: 'off',
  SHUTDOWN_SECONDS: '5',
  LOG_LEVEL: 'warn',
}

export interface Member {
  readonly version: string
  readonly url: string
  readonly process: Started
}

export class Fleet {
  /** What a server wrote that it should not: warnings, errors, and other ends than by a signal. */
  readonly complaints: string[] = []
  members: readonly Member[] = []
  readonly #t: Finishing
  readonly #databaseUrl: string

  constructor(t: Finishing, databaseUrl: string) {
    this.#t = t
    this.#databaseUrl = databaseUrl
  }

  /** Runs a command of a version's code. Throws its output when it fails. */
  async run(code: string, ...args: string[]): Promise<string> {
    const command = start(this.#t, [process.execPath, 'src/main.ts', ...args], {
      cwd: code,
      env: { ...env, DATABASE_URL: this.#databaseUrl },
    })
    const ended = await command.ended
    const output = command.stdout() + command.stderr()
    if (ended !== 0) throw new Error(`${args.join(' ')} ended with ${ended}:\n${output}`)
    return output
  }

  /** Starts so many servers of a version. Resolves when they listen. */
  async join(version: string, code: string, count: number): Promise<void> {
    const joining = Array.from({ length: count }, async () => {
      const server = start(this.#t, [process.execPath, 'src/main.ts', 'serve'], {
        cwd: code,
        env: { ...env, LOG_LEVEL: 'info', DATABASE_URL: this.#databaseUrl },
      })
      const [, url = ''] = await server.said(/listening on (http:[^\s"]+)/)
      return { version, url, process: server }
    })
    this.members = [...this.members, ...(await Promise.all(joining))]
  }

  /** Stops all servers of a version. */
  async leave(version: string): Promise<void> {
    const leaving = this.members.filter((member) => member.version === version)
    this.members = this.members.filter((member) => member.version !== version)
    for (const { process } of leaving) process.child.kill('SIGTERM')
    for (const { process } of leaving) {
      const ended = await process.ended
      if (ended !== 0) this.complaints.push(`a server of ${version} ended with ${ended}`)
      this.#read(version, process)
    }
  }

  async leaveAll(): Promise<void> {
    for (const version of new Set(this.members.map(({ version }) => version)))
      await this.leave(version)
  }

  urls(): readonly string[] {
    return this.members.map(({ url }) => url)
  }

  /** Log lines of level error and above (50 of pino). */
  #read(version: string, { stdout }: Started): void {
    const errors = stdout()
      .split('\n')
      .filter((line) => /^\{"level":(50|60|"error"|"fatal")/.test(line))
    this.complaints.push(...errors.map((line) => `a server of ${version} logged ${line}`))
  }
}

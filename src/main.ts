#!/usr/bin/env node
/**
 * The command line: `epistle <command>`. This is the only file that runs something when it is imported.
 *
 * It finds the command and passes it the other arguments. An error that its reader can act on is printed as a
 * sentence, any other error with its stack. Exits 0, or 1 after an error.
 */

import { parseArgs } from 'node:util'
import manifest from '../package.json' with { type: 'json' }
import { print, printError, UsageError, type Verb } from './cli/verb.ts'
import { explain } from './explain-error.ts'

/** Each command is imported when it is needed, because all of them take twice as long to load as one of them. */
const commands: Readonly<Record<string, () => Promise<Verb>>> = {
  start: async () => (await import('./cli/start.ts')).startVerb,
  serve: async () => (await import('./cli/serve.ts')).serveVerb,
  work: async () => (await import('./cli/work.ts')).workVerb,
  install: async () => (await import('./cli/install.ts')).installVerb,
  status: async () => (await import('./cli/status.ts')).statusVerb,
  tasks: async () => (await import('./cli/tasks.ts')).tasksVerb,
  webhook: async () => (await import('./cli/webhook.ts')).webhookVerb,
  verify: async () => (await import('./cli/verify.ts')).verifyVerb,
  rebuild: async () => (await import('./cli/rebuild.ts')).rebuildVerb,
  show: async () => (await import('./cli/show.ts')).showVerb,
  user: async () => (await import('./cli/user.ts')).userVerb,
  reports: async () => (await import('./cli/reports.ts')).reportsVerb,
  forget: async () => (await import('./cli/forget.ts')).forgetVerb,
  demote: async () => (await import('./cli/demote.ts')).demoteVerb,
  retire: async () => (await import('./cli/retire.ts')).retireVerb,
}

async function overview(): Promise<string> {
  const lines = Object.entries(commands).map(
    async ([name, load]) => `  ${name.padEnd(8)} ${(await load()).summary}`,
  )
  return `Epistle: user registration and messaging over HTTP, on PostgreSQL.

Usage: epistle <command> [options]

${(await Promise.all(lines)).join('\n')}

  --help, -h      print this overview; after a command, print its help
  --version, -v   print the version

Epistle uses the database of DATABASE_URL, or else an embedded one in .data. All commands except serve,
work, user, reports and status need a user who owns the database, and so does user forget. Every setting
is an environment variable; .env.example lists them.`
}

async function main([name = '--help', ...args]: string[]): Promise<void> {
  if (['--help', '-h', 'help'].includes(name)) return print(await overview())
  if (['--version', '-v'].includes(name)) return print(manifest.version)
  const command = Object.hasOwn(commands, name) ? await commands[name]?.() : undefined
  if (!command) throw new UsageError(`unknown command "${name}"; epistle --help lists the commands`)
  const { values, positionals } = parse(name, command, args)
  if (values.help) return print(command.help)
  await command.run(values, positionals)
}

function parse(name: string, { options, takesArguments = false }: Verb, args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: takesArguments,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    // The sentences after the first are advice for programmers who use parseArgs.
    const [problem] = error.message.split(/\.\s/)
    throw new UsageError(`${problem}; epistle ${name} --help shows its usage`)
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const message = explain(error)
  printError(message === undefined ? error : `epistle: ${message}`)
  process.exitCode = 1
}

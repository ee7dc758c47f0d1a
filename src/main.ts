#!/usr/bin/env node
/**
 * The command line: `epistle <command>`. This is the only file that runs something when it is imported.
 *
 * It finds the command and passes it the other arguments. An error that its reader can act on is printed as a
 * sentence, any other error with its stack. Exits 0, or 1 after an error.
 */

import { parseArgs } from 'node:util'
import manifest from '../package.json' with { type: 'json' }
import { demoteVerb } from './cli/demote.ts'
import { forgetVerb } from './cli/forget.ts'
import { installVerb } from './cli/install.ts'
import { rebuildVerb } from './cli/rebuild.ts'
import { reportsVerb } from './cli/reports.ts'
import { retireVerb } from './cli/retire.ts'
import { serveVerb } from './cli/serve.ts'
import { showVerb } from './cli/show.ts'
import { startVerb } from './cli/start.ts'
import { statusVerb } from './cli/status.ts'
import { tasksVerb } from './cli/tasks.ts'
import { userVerb } from './cli/user.ts'
import { print, printError, UsageError, type Verb } from './cli/verb.ts'
import { verifyVerb } from './cli/verify.ts'
import { webhookVerb } from './cli/webhook.ts'
import { workVerb } from './cli/work.ts'
import { explain } from './explain-error.ts'

const commands: Readonly<Record<string, Verb>> = {
  start: startVerb,
  serve: serveVerb,
  work: workVerb,
  install: installVerb,
  status: statusVerb,
  tasks: tasksVerb,
  webhook: webhookVerb,
  verify: verifyVerb,
  rebuild: rebuildVerb,
  show: showVerb,
  user: userVerb,
  reports: reportsVerb,
  forget: forgetVerb,
  demote: demoteVerb,
  retire: retireVerb,
}

const overview = `Epistle: user registration and messaging over HTTP, on PostgreSQL.

Usage: epistle <command> [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join('\n')}

  --help, -h      print this overview; after a command, print its help
  --version, -v   print the version

Epistle uses the database of DATABASE_URL, or else an embedded one in .data. All commands except serve,
work, user, reports and status need a user who owns the database, and so does user forget. Every setting
is an environment variable; .env.example lists them.`

async function main([name = '--help', ...args]: string[]): Promise<void> {
  if (['--help', '-h', 'help'].includes(name)) return print(overview)
  if (['--version', '-v'].includes(name)) return print(manifest.version)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
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

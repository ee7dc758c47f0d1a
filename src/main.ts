#!/usr/bin/env node
/**
 * The command line: `epistle <command>`. The only file that acts when imported.
 *
 * Finds the command and hands it the rest; a failure that a person can mend is told in a sentence,
 * anything else with its stack. Exits 0, or 1 after a failure.
 */

import { parseArgs } from 'node:util'
import { demoteVerb } from './cli/demote.ts'
import { installVerb } from './cli/install.ts'
import { rebuildVerb } from './cli/rebuild.ts'
import { retireVerb } from './cli/retire.ts'
import { serveVerb } from './cli/serve.ts'
import { showVerb } from './cli/show.ts'
import { startVerb } from './cli/start.ts'
import { statusVerb } from './cli/status.ts'
import { isExpected, print, printError, UsageError, type Verb } from './cli/verb.ts'
import { verifyVerb } from './cli/verify.ts'
import { workVerb } from './cli/work.ts'

const commands: Readonly<Record<string, Verb>> = {
  start: startVerb,
  serve: serveVerb,
  work: workVerb,
  install: installVerb,
  status: statusVerb,
  verify: verifyVerb,
  rebuild: rebuildVerb,
  show: showVerb,
  demote: demoteVerb,
  retire: retireVerb,
}

const overview = `Epistle: user registration and messaging over HTTP, on PostgreSQL.

Usage: epistle <command> [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join('\n')}

epistle <command> --help tells more. The database is that of DATABASE_URL, or else an embedded one
in .data; all but serve and work need a user who owns it. Every setting is an environment variable, and
.env.example lists them.`

async function main([name = '--help', ...args]: string[]): Promise<void> {
  if (['--help', '-h', 'help'].includes(name)) return print(overview)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new UsageError(`there is no command "${name}"; epistle --help lists them`)
  const { values, positionals } = parse(name, command, args)
  if (values.help) return print(command.help)
  await command.run(values, positionals)
}

function parse(name: string, { options, takesTables = false }: Verb, args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: takesTables,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    // What follows is advice for those who write programs.
    const [complaint] = error.message.split('. ')
    throw new UsageError(`${complaint}; epistle ${name} --help tells what it takes`)
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  printError(isExpected(error) ? `epistle: ${error.message}` : error)
  process.exitCode = 1
}

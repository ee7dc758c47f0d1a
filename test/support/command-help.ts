// The help of each command, without a process for each: test/cli/command-line.test.ts holds that `--help` prints it.
import { readdir } from 'node:fs/promises'
import type { Verb } from '../../src/cli/verb.ts'

const folder = new URL('../../src/cli/', import.meta.url)

/** By the name of the command. */
export async function readHelp(): Promise<Map<string, string>> {
  const help = new Map<string, string>()
  for (const file of await readdir(folder)) {
    const exported: Record<string, unknown> = await import(new URL(file, folder).href)
    const name = file.replace('.ts', '')
    const verb = exported[`${name}Verb`] as Verb | undefined
    if (verb) help.set(name, verb.help)
  }
  return help
}

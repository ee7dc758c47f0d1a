// Reads our own documents: fenced blocks, inline code and links, so that tests can run what they
// show and look up what they name. Knows just as much of Markdown as our documents use.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The checkout that these tests lie in. */
export const checkout = join(import.meta.dirname, '..', '..')

export interface Block {
  readonly language: string
  readonly text: string
}

export function readDocument(path: string): Promise<string> {
  return readFile(join(checkout, path), 'utf8')
}

/** The part of a document below one heading of the second level. Throws where there is none. */
export function section(document: string, heading: string): string {
  const part = document.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  if (part === undefined) throw new Error(`there is no section "${heading}"`)
  return part
}

/** The fenced blocks, in order. */
export function blocks(document: string): Block[] {
  return [...document.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }))
}

/** Each block of a language with the `text` block that follows it: what is done, and what it shows. */
export function steps(document: string, language: string): { run: string; shows: string }[] {
  const all = blocks(document)
  return all.flatMap(({ language: own, text: run }, index) => {
    const next = all[index + 1]
    return own === language ? [{ run, shows: next?.language === 'text' ? next.text : '' }] : []
  })
}

/** What stands in backticks outside of fenced blocks. */
export function inlineCode(document: string): string[] {
  const prose = document.replace(/^```.*?^```$/gms, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}

/** Where links lead, without those to other sites. */
export function links(document: string): string[] {
  const targets = [...document.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

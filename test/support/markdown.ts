// Reads our own documents: sections, fenced blocks, tables, inline code and links, so that tests can run
// what a document shows and look up what it names. Supports only the Markdown that our documents use.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The checkout that contains these tests. */
export const checkout = join(import.meta.dirname, '..', '..')

export interface Block {
  readonly language: string
  readonly text: string
}

export function readDocument(path: string): Promise<string> {
  return readFile(join(checkout, path), 'utf8')
}

/** The part of a document below a heading of the second level. Throws if there is no such heading. */
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

/** Each block of a language with the `text` block right after it: what runs, and what it prints. */
export function steps(document: string, language: string): { run: string; shows: string }[] {
  const all = blocks(document)
  return all.flatMap(({ language: own, text: run }, index) => {
    const next = all[index + 1]
    return own === language ? [{ run, shows: next?.language === 'text' ? next.text : '' }] : []
  })
}

/** A document without its fenced blocks. */
export function prose(document: string): string {
  return document.replace(/^```.*?^```$/gms, '')
}

/** The cells of each row of a document's tables, without rows of dashes. */
export function tableRows(document: string): string[][] {
  const lines = prose(document).matchAll(/^\| (.*) \|$/gm)
  return [...lines].map(([, cells = '']) => cells.split(' | '))
}

/** What stands in backticks outside of fenced blocks. */
export function inlineCode(document: string): string[] {
  return [...prose(document).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}

/** The targets of links, without those to other sites. */
export function links(document: string): string[] {
  const targets = [...document.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

/** The anchors of a document's headings, as GitHub derives them. */
export function anchors(document: string): string[] {
  return [...prose(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

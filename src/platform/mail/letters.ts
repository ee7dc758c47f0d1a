/**
 * The letters of all languages, read and checked when a process starts: a folder for each language, named by its
 * BCP 47 tag, with a file `<letter>.txt` for each letter (`letter.ts` describes the form).
 *
 * A second folder of the same shape can replace single letters and add languages. Promises that each language has
 * every letter, and that a mistake in a folder is an error at the start, not when a mail is due.
 */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Letter, LetterFault, type Placeholders, parseLetter } from './letter.ts'

/** Letters are missing, not readable or not in the right form. The message names them and what to do. */
export class LettersError extends Error {
  override readonly name = 'LettersError'
}

/** The letters by name, and the placeholders of each. */
export type LetterKinds<Name extends string> = Readonly<Record<Name, Placeholders>>

export interface Letters<Name extends string> {
  /** The languages that have letters, the default first. */
  readonly languages: readonly string[]
  /** A letter in this language, or in the one it is a variant of, or in the default language. */
  find(name: Name, language: string | undefined): Letter
}

export interface LetterFolders<Name extends string> {
  readonly kinds: LetterKinds<Name>
  readonly builtIn: string
  /** Its letters replace built-in ones. Undefined for none. */
  readonly overrides: string | undefined
  readonly defaultLanguage: string
}

type ByLanguage = Map<string, Map<string, Letter>>

/** Reads the letters of both folders. Throws LettersError. */
export async function loadLetters<Name extends string>({
  kinds,
  builtIn,
  overrides,
  defaultLanguage,
}: LetterFolders<Name>): Promise<Letters<Name>> {
  const found: ByLanguage = new Map()
  await addFolder(found, builtIn, kinds)
  if (overrides !== undefined) await addFolder(found, overrides, kinds)
  for (const [language, letters] of found) {
    const missing = Object.keys(kinds).filter((name) => !letters.has(name))
    if (missing.length > 0) {
      throw new LettersError(
        `letters in "${language}" are missing: ${missing.map(toFile).join(', ')}`,
      )
    }
  }
  const languages = [...found.keys()].sort()
  if (!found.has(defaultLanguage)) {
    const choice = languages.join(', ')
    throw new LettersError(
      `there are no letters in "${defaultLanguage}"; set DEFAULT_LANGUAGE to one of ${choice}, or add a folder to LETTERS_DIR`,
    )
  }
  return {
    languages: [defaultLanguage, ...languages.filter((each) => each !== defaultLanguage)],
    find(name, language = defaultLanguage) {
      const [base = ''] = language.split('-')
      const letters = found.get(language) ?? found.get(base) ?? found.get(defaultLanguage)
      const letter = letters?.get(name)
      if (!letter) throw new Error(`there is no letter ${name}`)
      return letter
    },
  }
}

const toFile = (name: string) => `${name}.txt`

async function addFolder(
  found: ByLanguage,
  folder: string,
  kinds: LetterKinds<string>,
): Promise<void> {
  for (const language of await list(folder)) {
    const path = join(folder, language)
    if (toLanguage(language) !== language) {
      throw new LettersError(
        `${path}: expected a folder named by a language tag, such as de or pt-BR`,
      )
    }
    const letters = found.get(language) ?? new Map<string, Letter>()
    found.set(language, letters)
    for (const file of await list(path)) {
      const name = file.replace(/\.txt$/, '')
      const placeholders = Object.hasOwn(kinds, name) && file !== name ? kinds[name] : undefined
      if (!placeholders) {
        const names = Object.keys(kinds).map(toFile).join(', ')
        throw new LettersError(`${join(path, file)} is no letter; the letters are ${names}`)
      }
      letters.set(name, await read(join(path, file), language, placeholders))
    }
  }
}

/** A language tag (BCP 47) in its canonical form: `pt-BR` for `pt-br`. */
export function toLanguage(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text)[0]
  } catch {
    return undefined
  }
}

/** The names in a folder without hidden ones, which mounted volumes and file managers add. */
async function list(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder)
    return names.filter((name) => !name.startsWith('.')).sort()
  } catch (error) {
    throw unreadable(folder, 'the folder', error)
  }
}

async function read(path: string, language: string, placeholders: Placeholders): Promise<Letter> {
  const bytes = await readFile(path).catch((error) => {
    throw unreadable(path, 'the letter', error)
  })
  try {
    const source = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return parseLetter(source, language, placeholders)
  } catch (error) {
    const fault = error instanceof LetterFault ? error.message : 'is not in UTF-8'
    throw new LettersError(`the letter ${path} ${fault}`)
  }
}

function unreadable(path: string, what: string, error: unknown): LettersError {
  const { message } = error as Error
  return new LettersError(`cannot read ${what} ${path} (${message}); check LETTERS_DIR`)
}

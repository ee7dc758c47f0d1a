/**
 * A letter: the text of a mail in one language, with placeholders. It is rendered as text and as HTML.
 *
 * The source is a line `Subject: …`, an empty line, and paragraphs with empty lines between them. `{name}` is a
 * placeholder; there are no other braces. Line breaks inside a paragraph are kept, because scripts without spaces
 * have no character to replace them.
 *
 * The HTML is one column of plain elements in the font and colours of the mail reader. It loads nothing, hides
 * nothing, and shows the target of each link. Each paragraph has the direction of its first letter; values are
 * isolated (`bdi`), so that a name in Latin script does not turn a paragraph in Arabic around.
 */

import type { Mail } from './mail.ts'

export interface Letter {
  /** A BCP 47 tag. */
  readonly language: string
  readonly subject: string
  readonly paragraphs: readonly string[]
}

/** The placeholders of a letter: those it must contain, and those that it may. `link` can be in its text only. */
export interface Placeholders {
  readonly required: readonly string[]
  readonly optional: readonly string[]
}

/** What is wrong with the source of a letter, as the end of a sentence that names the file. */
export class LetterFault extends Error {
  override readonly name = 'LetterFault'
}

const form = /^Subject: *(?<subject>\S[^\n]*)\n\s*\n(?<text>[\s\S]*\S)\s*$/
const placeholder = /\{(\w+)\}/g

/** Reads the source of a letter. Throws LetterFault when its form or a placeholder is wrong. */
export function parseLetter(source: string, language: string, allowed: Placeholders): Letter {
  const normalized = source.replaceAll('\r\n', '\n')
  if (/[^\P{Cc}\n\t]/u.test(normalized)) throw new LetterFault('contains control characters')
  const { subject = '', text = '' } = form.exec(normalized)?.groups ?? {}
  if (text === '') {
    throw new LetterFault('must be a line "Subject: …", an empty line, and the text')
  }
  const known = [...allowed.required, ...allowed.optional]
  const inText = placeholdersOf(text, known)
  const inSubject = placeholdersOf(subject, known)
  // A subject is shown in lists and notifications, and is logged by mail servers.
  if (inSubject.has('link')) throw new LetterFault('has {link} in its subject')
  const missing = allowed.required.find((name) => !inText.has(name))
  if (missing) throw new LetterFault(`lacks {${missing}} in its text`)
  return { language, subject: subject.trim(), paragraphs: text.trim().split(/\n\s*\n/) }
}

function placeholdersOf(text: string, known: readonly string[]): ReadonlySet<string> {
  const names = Array.from(text.matchAll(placeholder), ([, name = '']) => name)
  const choice = known.map((name) => `{${name}}`).join(', ')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown) {
    throw new LetterFault(`has the unknown placeholder {${unknown}}; it can have ${choice}`)
  }
  if (/[{}]/.test(text.replace(placeholder, ''))) {
    throw new LetterFault(`has a brace that belongs to no placeholder; it can have ${choice}`)
  }
  return new Set(names)
}

/** The values of placeholders. A letter gets all that it may contain. */
export type Values = Readonly<Record<string, string>>

/** Renders a letter as text and as HTML. A value is inserted as it is, or escaped for HTML, and read no further. */
export function render(letter: Letter, values: Values): Pick<Mail, 'subject' | 'text' | 'html'> {
  const asText = (text: string) => text.replace(placeholder, (_, name) => valueFor(values, name))
  const asHtml = (text: string) =>
    // Escaping leaves braces as they are.
    escapeHtml(text)
      .replace(placeholder, (_, name) => toHtml(name, escapeHtml(valueFor(values, name))))
      .replaceAll('\n', '<br>\n')
  const subject = asText(letter.subject)
  return {
    subject,
    text: `${letter.paragraphs.map(asText).join('\n\n')}\n`,
    html: `<!doctype html>
<html lang="${escapeHtml(letter.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(subject)}</title>
</head>
<body>
<h1 dir="auto">${asHtml(letter.subject)}</h1>
${letter.paragraphs.map((each) => `<p dir="auto">${asHtml(each)}</p>`).join('\n')}
</body>
</html>
`,
  }
}

function valueFor(values: Values, name: string): string {
  const value = values[name]
  if (value === undefined) throw new Error(`a letter needs a value for {${name}}`)
  return value
}

function toHtml(name: string, value: string): string {
  return name === 'link' ? `<a dir="ltr" href="${value}">${value}</a>` : `<bdi>${value}</bdi>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? '')
}

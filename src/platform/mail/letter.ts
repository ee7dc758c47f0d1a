/**
 * A letter: paragraphs and links, written once and rendered as text and as HTML.
 *
 * The HTML is one column of plain elements in the font and colours of the mail reader. It loads nothing,
 * hides nothing, and shows the target of each link.
 */

import type { Mail } from './mail.ts'

/** A paragraph of text, or a link. */
export type Paragraph = string | { readonly link: string }

export interface Letter {
  readonly subject: string
  readonly paragraphs: readonly Paragraph[]
}

/** Renders a letter as text and as HTML. */
export function render({ subject, paragraphs }: Letter): Pick<Mail, 'subject' | 'text' | 'html'> {
  const text = paragraphs.map((each) => (typeof each === 'string' ? each : each.link))
  const html = paragraphs.map((each) => {
    if (typeof each === 'string') return `<p>${escapeHtml(each)}</p>`
    const link = escapeHtml(each.link)
    return `<p><a href="${link}">${link}</a></p>`
  })
  return {
    subject,
    text: `${text.join('\n\n')}\n`,
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(subject)}</title>
</head>
<body>
<h1>${escapeHtml(subject)}</h1>
${html.join('\n')}
</body>
</html>
`,
  }
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

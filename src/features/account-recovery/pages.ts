/**
 * Where the links of mails lead, for as long as no front end of one's own is there: pages with one
 * form. The token stands behind the `#`, which no browser sends, so it is in no log; and nothing
 * happens before somebody presses the button, for there are programs that follow links.
 */

import { createHash } from 'node:crypto'
import type { App } from '../../platform/http/app.ts'

interface Page {
  readonly title: string
  /** What is above the button. */
  readonly body: string
  readonly button: string
  /** Where the form is posted to, beside the page itself. */
  readonly to: string
  /** What it says in the end. */
  readonly done: string
}

const pages: Readonly<Record<string, Page>> = {
  '/reset-password': {
    title: 'Set a new password',
    body: `<p><label for="password">New password</label>
<input id="password" name="newPassword" type="password" autocomplete="new-password" required></p>`,
    button: 'Set the password',
    to: 'password-resets/confirm',
    done: 'Your password is changed. Log in with it.',
  },
  '/verify-email': {
    title: 'Is this your address?',
    body: '<p>You came here from a mail. Confirm that its address is yours.</p>',
    button: 'Yes, it is mine',
    to: 'email-verifications',
    done: 'Your address is verified.',
  },
}

const style = `:root{color-scheme:light dark}
body{font:1.05rem/1.6 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1.5rem}
input,button{font:inherit;padding:.4em .6em}label,input{display:block}input{width:100%;box-sizing:border-box}`

/** Whoever came by a mail knows of links, not of tokens. */
const stale =
  'This link is not good, or not any more: each works once, for a while, and until a newer mail like it. ' +
  'Ask for another mail.'

const script = `const form = document.querySelector('form')
const said = document.querySelector('[role=status]')
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  said.textContent = ''
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
  const body = JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) })
  const headers = { 'Content-Type': 'application/json' }
  try {
    const answer = await fetch(form.dataset.to, { method: 'POST', headers, body })
    if (answer.ok) form.remove()
    const { code, detail, title } = answer.ok ? { detail: form.dataset.done } : await answer.json()
    said.textContent = !token || code === 'invalid_token' ? '${stale}' : (detail ?? title)
  } catch {
    said.textContent = 'The service cannot be reached. Try again.'
  }
})`

/** Only the style and the script above, by their hashes; the script speaks to nobody but us. */
const policy = [
  `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'`,
  `connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
].join('; ')

/** Adds the pages. They are no part of the interface: a front end may have its own at these paths. */
export function accountRecoveryPages(app: App): void {
  for (const [path, page] of Object.entries(pages)) {
    const html = toHtml(page)
    app.get(path, { schema: { hide: true }, config: { open: true } }, async (_request, reply) => {
      reply.header('Content-Security-Policy', policy).type('text/html; charset=utf-8')
      return html
    })
  }
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function toHtml({ title, body, button, to, done }: Page): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} · Epistle</title><style>${style}</style></head>
<body><main><h1>${title}</h1>
<form data-to="${to}" data-done="${done}">
${body}
<p><button>${button}</button></p>
</form>
<p role="status"></p></main><script>${script}</script></body>
</html>
`
}

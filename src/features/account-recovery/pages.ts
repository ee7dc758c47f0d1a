/**
 * The pages that links in mails open, for operators without a front end: each has one form. The token
 * follows the `#`, which browsers do not send, so no log contains it. Nothing happens until the user presses
 * the button, because mail scanners and other programs open links too.
 */

import { createHash } from 'node:crypto'
import type { App } from '../../platform/http/app.ts'

interface Page {
  readonly title: string
  /** The HTML above the button. */
  readonly body: string
  readonly button: string
  /** The path that the form is posted to, relative to the page. */
  readonly to: string
  /** The message after success. */
  readonly done: string
}

const pages: Readonly<Record<string, Page>> = {
  '/reset-password': {
    title: 'Set a new password',
    body: `<p><label for="password">New password</label>
<input id="password" name="newPassword" type="password" autocomplete="new-password" required></p>`,
    button: 'Set password',
    to: 'password-resets/confirm',
    done: 'Your password was changed. Log in with the new password.',
  },
  '/verify-email': {
    title: 'Confirm your e-mail address',
    body: '<p>Press the button to confirm the address that received our e-mail.</p>',
    button: 'Confirm address',
    to: 'email-verifications',
    done: 'Your e-mail address is confirmed.',
  },
}

const style = `:root{color-scheme:light dark}
body{font:1.05rem/1.6 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1.5rem}
input,button{font:inherit;padding:.4em .6em}label,input{display:block}input{width:100%;box-sizing:border-box}`

/** Shown in place of the problem's text, which mentions a token: the reader of a mail sees only a link. */
const expired = 'This link has expired or was already used. Request a new one.'

const script = `const form = document.querySelector('form')
const message = document.querySelector('[role=status]')
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  message.textContent = ''
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
  const body = JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) })
  const headers = { 'Content-Type': 'application/json' }
  try {
    const response = await fetch(form.dataset.to, { method: 'POST', headers, body })
    if (response.ok) form.remove()
    const { code, detail, title } = response.ok ? { detail: form.dataset.done } : await response.json()
    message.textContent = !token || code === 'invalid_token' ? '${expired}' : (detail ?? title)
  } catch {
    message.textContent = 'The server cannot be reached. Check your connection and try again.'
  }
})`

/** Allows only the style and the script above, by their hashes; the script can call only this server. */
const policy = [
  `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'`,
  `connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
].join('; ')

/** Adds the pages. They are not part of the API: a front end may serve its own at these paths. */
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

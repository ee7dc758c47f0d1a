/**
 * The pages that links in mails open, for operators without a front end: each has one form. The token
 * follows the `#`, which browsers do not send, so no log contains it. Nothing happens until the user presses
 * the button, because mail scanners and other programs open links too.
 */

import type { App } from '../../platform/http/app.ts'
import { escapeHtml, sendHtml } from '../../platform/http/html.ts'

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

/** Adds the pages. They are not part of the API: a front end may serve its own at these paths. */
export function accountRecoveryPages(app: App): void {
  for (const [path, page] of Object.entries(pages)) {
    const content = { title: page.title, body: toForm(page), script }
    app.get(path, { schema: { hide: true }, config: { open: true } }, async (_request, reply) =>
      sendHtml(reply, content),
    )
  }
}

function toForm({ title, body, button, to, done }: Page): string {
  return `<h1>${escapeHtml(title)}</h1>
<form data-to="${escapeHtml(to)}" data-done="${escapeHtml(done)}">
${body}
<p><button>${escapeHtml(button)}</button></p>
</form>
<p role="status"></p>`
}

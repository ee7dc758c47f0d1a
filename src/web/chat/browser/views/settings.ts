/** The account: address, username, password, sessions, blocked users, logout, export, deletion. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import type { Schemas } from '../../../../../openapi/client.ts'
import {
  changePassword,
  endOtherSessions,
  endSession,
  loadMoreBlocks,
  loadMoreSessions,
  logOut,
  nameSession,
  resendVerification,
  setBlocked,
} from '../account.ts'
import type { Context } from '../api.ts'
import { deviceOf } from '../devices.ts'
import type { Result } from '../state.ts'
import { deletionView } from './deletion.ts'
import { emailChangeView } from './email-change.ts'
import { backView, formView, headingView, moreView } from './parts.ts'
import { usernameChangeView } from './username-change.ts'

export function settingsView(context: Context): TemplateResult {
  const { user, blocks } = context.store.get()
  return html`<header>${backView}${headingView('Settings')}</header>
    <div class="page">
      <section><h2>Account</h2>
        <p>${user?.username}, ${user?.email}</p>
        ${user?.emailVerified ? nothing : verificationView(context)}
        <p><button @click=${() => logOut(context)}>Log out</button></p>
      </section>
      <section><h2>E-mail address</h2>${emailChangeView(context)}</section>
      <section><h2>Username</h2>${usernameChangeView(context)}</section>
      <section><h2>Password</h2>${passwordView(context)}</section>
      <section><h2>Sessions</h2>${sessionsView(context)}</section>
      <section><h2>Blocked users</h2>
        ${blocks.items.length === 0 ? html`<p>You have blocked no one.</p>` : nothing}
        <ul class="rows">${blocks.items.map((block) => blockedView(context, block))}</ul>
        ${moreView(blocks.nextCursor, (before) => loadMoreBlocks(context, before))}
      </section>
      <section><h2>Your data</h2>
        <p>Download a file with everything that is recorded about you, and all messages that you sent and received.</p>
        <p><a href="users/me/export" download>Download your data</a></p>
      </section>
      <section><h2>Delete account</h2>${deletionView(context)}</section>
    </div>`
}

function verificationView(context: Context): TemplateResult {
  return html`<p>Your e-mail address is not confirmed yet.</p>
    ${formView(context.store, {
      name: 'verification',
      button: 'Send the e-mail again',
      fields: [],
      run: () => resendVerification(context),
    })}`
}

function passwordView(context: Context): TemplateResult {
  const { settings, user } = context.store.get()
  const minLength = settings?.password.minLength ?? 8
  const type = 'password'
  return formView(context.store, {
    name: 'password',
    account: user?.email,
    button: 'Change password',
    fields: [
      {
        name: 'currentPassword',
        label: 'Current password',
        type,
        autocomplete: 'current-password',
      },
      {
        name: 'newPassword',
        label: 'New password',
        type,
        autocomplete: 'new-password',
        hint: `At least ${minLength} characters. Logs out all your other sessions.`,
      },
    ],
    run: (values) => changePassword(context, values),
  })
}

function sessionsView(context: Context): TemplateResult {
  const { items, nextCursor } = context.store.get().sessions
  return html`<ul class="rows">${repeat(
    items,
    ({ id }) => id,
    (one) => sessionView(context, one),
  )}</ul>
  ${moreView(nextCursor, (before) => loadMoreSessions(context, before))}
  ${formView(context.store, {
    name: 'sessions',
    button: 'Log out elsewhere',
    fields: [],
    run: () => endOtherSessions(context),
  })}`
}

function sessionView(context: Context, session: Schemas['Session']): TemplateResult {
  const { id, label, userAgent, startedAt, lastUsedAt, current } = session
  const show = async (result: Promise<Result>) => {
    context.store.set({ form: { name: 'sessions', ...(await result) } })
  }
  const rename = (event: SubmitEvent) => {
    event.preventDefault()
    const text = new FormData(event.currentTarget as HTMLFormElement).get('label')
    void show(nameSession(context, id, String(text)))
  }
  const started = new Date(startedAt).toLocaleString([], {
    dateStyle: 'medium',
    timeStyle: 'short',
  })
  const maxLength = context.store.get().settings?.session.labelMaxLength ?? nothing
  const used = new Date(lastUsedAt).toLocaleDateString([], { dateStyle: 'medium' })
  return html`<li><div>
      <p>${label ?? deviceOf(userAgent)} ${current ? html`<strong>(this session)</strong>` : nothing}</p>
      <p class="hint">Logged in ${started}, last used ${used}</p>
      <details><summary>Rename</summary>
        <form class="inline" @submit=${rename}>
          <label class="hidden" for=${`label-${id}`}>Name of the session of ${started}</label>
          <input id=${`label-${id}`} name="label" maxlength=${maxLength} .defaultValue=${label ?? ''} autocomplete="off">
          <button>Save</button>
        </form></details>
    </div>
    ${
      current
        ? nothing
        : html`<button aria-label=${`Log out the session of ${started}`}
          @click=${() => show(endSession(context, id))}>Log out</button>`
    }</li>`
}

function blockedView(context: Context, { id, username }: Schemas['Block']): TemplateResult {
  const unblock = () => setBlocked(context, id, false)
  const name = username ?? 'Deleted user'
  return html`<li><span>${name}</span>
    <button aria-label=${`Unblock ${name}`} @click=${unblock}>Unblock</button></li>`
}

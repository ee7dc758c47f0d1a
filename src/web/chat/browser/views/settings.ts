/** The account: address, password, sessions, blocked users, logout. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Schemas } from '../../../../../openapi/client.ts'
import {
  changePassword,
  endOtherSessions,
  endSession,
  logOut,
  resendVerification,
  setBlocked,
} from '../account.ts'
import type { Context } from '../api.ts'
import { refreshConversations } from '../live.ts'
import { backView, formView, headingView } from './parts.ts'

export function settingsView(context: Context): TemplateResult {
  const { user, blocks } = context.store.get()
  return html`<header>${backView}${headingView('Settings')}</header>
    <div class="page">
      <section><h2>Account</h2>
        <p>${user?.username}, ${user?.email}</p>
        ${user?.emailVerified ? nothing : verificationView(context)}
        <p><button @click=${() => logOut(context)}>Log out</button></p>
      </section>
      <section><h2>Password</h2>${passwordView(context)}</section>
      <section><h2>Sessions</h2>${sessionsView(context)}</section>
      <section><h2>Blocked users</h2>
        ${blocks.length === 0 ? html`<p>You have blocked no one.</p>` : nothing}
        <ul class="rows">${blocks.map((block) => blockedView(context, block))}</ul>
      </section>
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
  const minLength = context.store.get().settings?.password.minLength ?? 8
  const type = 'password'
  return formView(context.store, {
    name: 'password',
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
  const { sessions } = context.store.get()
  const end = (id: string) => async () => {
    context.store.set({ form: { name: 'sessions', ...(await endSession(context, id)) } })
  }
  return html`<ul class="rows">${sessions.map(
    (one) => html`<li><span>${one.label ?? one.userAgent ?? 'Session'}
      <span class="hint">since ${new Date(one.startedAt).toLocaleString()}${one.current ? ', this session' : ''}</span></span>
      ${
        one.current
          ? nothing
          : html`<button aria-label=${`Log out the session of ${new Date(one.startedAt).toLocaleString()}`}
            @click=${end(one.id)}>Log out</button>`
      }</li>`,
  )}</ul>
  ${formView(context.store, {
    name: 'sessions',
    button: 'Log out elsewhere',
    fields: [],
    run: () => endOtherSessions(context),
  })}`
}

function blockedView(context: Context, { id, username }: Schemas['Block']): TemplateResult {
  const unblock = async () => {
    await setBlocked(context, id, false)
    refreshConversations(context)
  }
  return html`<li><span>${username}</span>
    <button aria-label=${`Unblock ${username}`} @click=${unblock}>Unblock</button></li>`
}

/** The screens before the login: log in, register, forgotten password. */

import { html, type TemplateResult } from 'lit-html'
import { logIn, register, requestReset } from '../account.ts'
import type { Context } from '../api.ts'
import { deletedView } from './deletion.ts'
import { type Field, formView, headingView } from './parts.ts'

const email: Field = { name: 'email', label: 'E-mail', type: 'email', autocomplete: 'username' }
const password: Field = {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
}

export function arrivingView(context: Context): TemplateResult {
  const { name } = context.store.get().route
  const screens = { register: registerView, forgot: forgotView }
  const view = name === 'register' || name === 'forgot' ? screens[name] : logInView
  return html`<main class="arriving">
    <p class="brand">${document.body.dataset.name}</p>
    ${view(context)}
  </main>`
}

function logInView(context: Context): TemplateResult {
  return html`${headingView('Log in')}
    ${deletedView(context)}
    ${formView(context.store, {
      name: 'login',
      button: 'Log in',
      fields: [email, password],
      run: (values) => logIn(context, values),
    })}
    <p><a href="#/register">Create an account</a></p>
    <p><a href="#/forgot">Forgot your password?</a></p>
    <p><a href="about">About this service</a></p>`
}

function registerView(context: Context): TemplateResult {
  const { settings } = context.store.get()
  const { minLength = 8 } = settings?.password ?? {}
  return html`${headingView('Create an account')}
    ${formView(context.store, {
      name: 'register',
      button: 'Create account',
      fields: [
        email,
        {
          name: 'username',
          label: 'Username',
          autocomplete: 'nickname',
          hint: 'Others find you by it.',
        },
        { ...password, autocomplete: 'new-password', hint: `At least ${minLength} characters.` },
      ],
      run: (values) => register(context, values),
    })}
    <p><a href="#/login">Log in instead</a></p>`
}

function forgotView(context: Context): TemplateResult {
  return html`${headingView('Reset your password')}
    ${formView(context.store, {
      name: 'forgot',
      button: 'Send the e-mail',
      fields: [email],
      run: (values) => requestReset(context, values),
    })}
    <p><a href="#/login">Back to the login</a></p>`
}

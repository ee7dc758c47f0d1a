/** The whole page: before the login one form, then the list beside one screen. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../api.ts'
import { arrivingView } from './arriving.ts'
import { conversationView } from './conversation.ts'
import { conversationsView, newView, searchView } from './conversations.ts'
import { settingsView } from './settings.ts'

export function chatView(context: Context): TemplateResult {
  const { user, route, announcement, failure } = context.store.get()
  if (user === undefined)
    return html`<main class="arriving"><h1>Connecting …</h1>
    <p class="error" role="alert">${failure ?? nothing}</p></main>`
  if (user === null) return arrivingView(context)
  return html`<main class=${`panes ${route.name}`}>
    ${conversationsView(context)}
    <div class="screen">${screenView(context)}
      <p class="failure error" role="alert">${failure ?? nothing}</p></div>
    <p class="hidden" role="status">${announcement || nothing}</p>
  </main>`
}

function screenView(context: Context): TemplateResult {
  const { route } = context.store.get()
  switch (route.name) {
    case 'conversation':
      return conversationView(context, route.id)
    case 'new':
      return newView(context)
    case 'search':
      return searchView(context)
    case 'settings':
      return settingsView(context)
    default:
      return html`<p class="empty">Choose a conversation.</p>`
  }
}

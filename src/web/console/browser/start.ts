/** Starts the console: connects the address bar, the readings and the screen to the state. */

import { render } from 'lit-html'
import { createApi } from './api.ts'
import type { Context } from './context.ts'
import { keepReading } from './refresh.ts'
import { type Route, toPath, toRoute } from './route.ts'
import { createStore, noPeople } from './state.ts'
import { shellView, titleOf } from './views/shell.ts'

/** Draws the console into the page's body, for as long as the page lives. */
export function start(): void {
  // Read once: links are relative to the address that the page was opened with, which changes with the view.
  const root = new URL(document.body.dataset.root ?? './', location.href)
  const [store, api] = [createStore(), createApi(root)]
  const base = `${root.pathname}console`
  const hrefOf = (route: Route) => base + toPath(route)
  const show = () => {
    const { pathname, search } = location
    store.set({
      ...{ route: toRoute(pathname.slice(base.length), search), pointed: undefined },
      ...{
        details: undefined,
        stream: undefined,
        statistics: undefined,
        tasks: undefined,
        notice: undefined,
      },
      ...{ tables: {}, shown: undefined, failure: undefined, ...noPeople },
      ...{ compared: undefined, sliding: undefined },
    })
    readAgain()
  }
  const go = (route: Route, isSame = false) => {
    history[isSame ? 'replaceState' : 'pushState'](null, '', hrefOf(route))
    if (isSame) return store.set({ route })
    show()
    setTimeout(() => document.getElementById('heading')?.focus())
  }
  const readAgain = keepReading(store, api)
  const context: Context = { store, api, hrefOf, go, readAgain }
  const screen = document.createElement('div')
  document.body.append(screen)
  store.subscribe(() => draw(context, screen))
  addEventListener('popstate', show)
  document.addEventListener('click', (event) => follow(event, base, go))
  show()
}

function draw(context: Context, screen: HTMLElement): void {
  render(shellView(context), screen)
  document.title = `${titleOf(context.store.get().route)} · Epistle console`
}

/** Follows a link to another view without loading the page again. */
function follow(event: MouseEvent, base: string, go: Context['go']): void {
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey)
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || !isPlain || event.altKey || link.origin !== location.origin) return
  const { pathname, search } = link
  if (pathname !== base && !pathname.startsWith(`${base}/`)) return
  event.preventDefault()
  go(toRoute(pathname.slice(base.length), search))
}

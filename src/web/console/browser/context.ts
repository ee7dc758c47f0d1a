/** What every part of the console works with. */

import type { Api } from './api.ts'
import type { Route } from './route.ts'
import type { Store } from './state.ts'

export interface Context {
  readonly store: Store
  readonly api: Api
  /** The address of a view for links. */
  readonly hrefOf: (route: Route) => string
  /** Goes to a view. With `isSame`, the browser's way back leads past the view that is left. */
  readonly go: (route: Route, isSame?: boolean) => void
  /** Reads the current view again at once. */
  readonly readAgain: () => void
}

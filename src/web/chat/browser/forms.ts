/** Forms: their values, and the one request that each sends at a time. */

import type { Result } from './state.ts'
import type { Store } from './store.ts'

/** Handles `submit`: one request at a time, then the focus goes to the first field with an error. */
export function submission(
  store: Store,
  name: string,
  run: (values: Readonly<Record<string, string>>) => Promise<Result>,
) {
  return async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const current = store.get().form
    if (current?.name === name && current.isBusy) return
    const values = Object.fromEntries(
      [...new FormData(form)].map(([key, value]) => [key, String(value)]),
    )
    store.set({ form: { name, isBusy: true } })
    const result = await run(values)
    store.set({ form: { name, ...result } })
    if (result.done)
      for (const input of form.querySelectorAll<HTMLInputElement>('[type=password]'))
        input.value = ''
    setTimeout(() => form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  }
}

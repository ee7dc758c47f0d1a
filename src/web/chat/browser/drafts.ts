/** What is written and not sent yet, by the id of the other user. It outlives a reload of this tab, and ends with it. */

const prefix = 'draft '

export const drafts = {
  of: (id: string): string => sessionStorage.getItem(prefix + id) ?? '',
  keep(id: string, text: string): void {
    if (text === '') sessionStorage.removeItem(prefix + id)
    else sessionStorage.setItem(prefix + id, text)
  },
  /** For the next user of this tab. */
  clear(): void {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(prefix)) sessionStorage.removeItem(key)
  },
}

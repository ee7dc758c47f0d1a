/** What is written and not sent yet, by the id of the other user. It outlives a reload of this tab, and ends with it. */

const prefix = 'draft '
const owner = 'owner of the drafts'

export const drafts = {
  of: (id: string): string => sessionStorage.getItem(prefix + id) ?? '',
  keep(id: string, text: string): void {
    if (text === '') sessionStorage.removeItem(prefix + id)
    else sessionStorage.setItem(prefix + id, text)
  },
  /** Keeps the drafts of this user, and clears those of another one, whose session may have ended elsewhere. */
  belongTo(user: string | undefined): void {
    if (user === undefined || sessionStorage.getItem(owner) === user) return
    drafts.clear()
    sessionStorage.setItem(owner, user)
  },
  clear(): void {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(prefix)) sessionStorage.removeItem(key)
  },
}

// Every screen of the chat checked by axe-core, in each pair of a colour scheme and a width.
process.env.SOAK_CHAT = 'all'
await import('../web/chat/chat.test.ts')

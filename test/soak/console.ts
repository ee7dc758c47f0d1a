// Every address of the console checked by axe-core, wide and light, narrow and dark.
process.env.SOAK_CONSOLE = 'all'
await import('../web/console/console.test.ts')

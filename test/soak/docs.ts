// Each operation on the documentation page, executed in Chromium as its form is filled.
process.env.SOAK_DOCS = 'all'
await import('../platform/http/openapi/docs-in-browser.test.ts')
